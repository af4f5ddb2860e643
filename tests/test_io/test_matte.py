import numpy as np
import pytest
from PIL import Image

from rvm.errors import DataError, MediaError
from rvm.io import read_image
from rvm.io.matte import check_grey, read_matte
from tests.test_io.image_factory import save, save_deep

MATTE = np.add.outer(np.arange(40), 3 * np.arange(60)).astype(np.uint8)
DEEP = MATTE.astype(np.uint16) * 259
GREY_RGB = np.dstack([MATTE] * 3)


@pytest.mark.parametrize('suffix', ['png', 'tif', 'bmp', 'pgm'])
def test_mattes_are_exact(tmp_path, suffix):
    path = save(tmp_path / f'x.{suffix}', MATTE)
    assert np.array_equal(read_matte(path), MATTE)
    assert np.array_equal(read_matte(path, 16), MATTE * np.uint16(257))
    if suffix != 'pgm':
        assert np.array_equal(read_matte(save(tmp_path / f'y.{suffix}', GREY_RGB)), MATTE)


@pytest.mark.parametrize('channels', [1, 3])
def test_sixteen_bits(tmp_path, channels):
    path = save_deep(tmp_path / 'x.png', DEEP if channels == 1 else np.dstack([DEEP] * 3))
    assert np.array_equal(read_matte(path, None), DEEP)
    assert np.array_equal(read_matte(path), read_image(path, 8)[..., 0])


@pytest.mark.parametrize('mode', ['1', 'P', 'LA'])
def test_other_modes(tmp_path, mode):
    path = tmp_path / 'x.png'
    Image.fromarray(MATTE).convert(mode).save(path)
    assert np.array_equal(read_matte(path), read_image(path)[..., 0])


@pytest.mark.parametrize('image', [MATTE, GREY_RGB], ids=['grey', 'rgb'])
def test_a_jpeg_gives_its_luma(tmp_path, image):
    path = save(tmp_path / 'x.jpg', image)
    assert np.array_equal(read_matte(path), read_image(path, channels='grey'))


@pytest.mark.parametrize('suffix', ['png', 'tif', 'jpg'])
def test_a_picture_in_colours_is_no_matte(tmp_path, suffix):
    image = GREY_RGB.copy()
    image[..., 2] //= 2
    with pytest.raises(DataError, match=rf'x\.{suffix} is a picture in colours.*: give alpha as'):
        read_matte(save(tmp_path / f'x.{suffix}', image))


@pytest.mark.parametrize('kind', [np.uint8, np.uint16])
def test_colours_are_told_from_stray_ones(kind):
    unit = np.iinfo(kind).max // 255
    image = np.full((4, 5, 3), 100 * unit, kind)
    image[2, 3, 1] += 16 * unit
    check_grey(image, 'a')
    image[2, 3, 2] -= 17 * unit
    with pytest.raises(DataError, match=r'^a is a picture in colours'):
        check_grey(image, 'a')


def test_files_that_are_no_images_are_named(tmp_path):
    (tmp_path / 'text.png').write_text('no image')
    cut = save(tmp_path / 'cut.png', np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8))
    cut.write_bytes(cut.read_bytes()[:2000])
    for name in ('text.png', 'cut.png', 'none.png'):
        with pytest.raises(MediaError, match=name):
            read_matte(tmp_path / name)
