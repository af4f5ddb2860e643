import numpy as np
import pytest
import simplejpeg
from PIL import Image, PngImagePlugin

from rvm.errors import MediaError
from rvm.io.image_file import (
    ImageHeader,
    image_depth,
    image_has_alpha,
    image_header,
    image_kind,
    image_size,
    read_bytes,
    read_image,
)
from tests.test_io.image_factory import save, save_deep
from tests.test_io.media_factory import pattern

IMAGE = pattern(1, 40, 24)[0]
ALPHA = pattern(2, 40, 24)[1][..., 0]


@pytest.mark.parametrize('suffix', ['png', 'bmp', 'tif', 'webp', 'ppm', 'tga'])
def test_lossless_formats(tmp_path, suffix):
    options = {'lossless': True} if suffix == 'webp' else {}
    path = save(tmp_path / f'x.{suffix}', IMAGE, **options)
    image = read_image(path)
    assert np.array_equal(image, IMAGE)
    assert image.flags.c_contiguous
    assert np.array_equal(read_image(path, 16), IMAGE.astype(np.uint16) * 257)
    assert read_image(path, None).dtype == np.uint8


def test_jpeg_equals_pillow(tmp_path):
    path = save(tmp_path / 'x.jpg', IMAGE, quality=90)
    assert np.array_equal(read_image(path), np.asarray(Image.open(path)))
    grey = save(tmp_path / 'grey.jpeg', IMAGE[..., 0])
    assert np.array_equal(read_image(grey), np.asarray(Image.open(grey).convert('RGB')))


@pytest.mark.parametrize(
    ('suffix', 'mode'),
    [
        *(('png', mode) for mode in ('L', '1', 'LA', 'RGBA', 'P')),
        *(('tif', mode) for mode in ('L', '1', 'LA', 'RGBA', 'P', 'CMYK')),
        *(('jpg', mode) for mode in ('L', 'CMYK')),
    ],
)
def test_other_modes(tmp_path, suffix, mode):
    picture = Image.fromarray(IMAGE).convert(mode)
    if 'A' in mode:
        picture.putalpha(Image.fromarray(IMAGE[..., 1]))
    path = tmp_path / f'x.{suffix}'
    picture.save(path)
    expected = np.asarray(Image.open(path).convert('RGB'))
    assert np.array_equal(read_image(path), expected)


def test_alpha_is_dropped_not_composited(tmp_path):
    rgba = np.dstack([IMAGE, np.zeros(IMAGE.shape[:2], np.uint8)])
    assert np.array_equal(read_image(save(tmp_path / 'x.png', rgba)), IMAGE)


@pytest.mark.parametrize(
    ('suffix', 'channels'),
    [
        ('png', 1),
        ('png', 3),
        ('png', 4),
        ('tif', 1),
        ('tif', 3),
        ('tif', 4),
        ('pgm', 1),
        ('ppm', 3),
    ],
)
def test_sixteen_bits(tmp_path, suffix, channels):
    random = np.random.default_rng(0)
    deep = random.integers(0, 65536, (24, 40, channels), np.uint16).squeeze()
    path = save_deep(tmp_path / f'x.{suffix}', deep)
    expected = np.dstack([deep] * 3) if channels == 1 else deep[..., :3]
    assert np.array_equal(read_image(path, 16), expected)
    assert np.array_equal(read_image(path, None), expected)
    assert np.array_equal(read_image(path, 8), np.round(expected / 257).astype(np.uint8))


@pytest.mark.parametrize('orientation', range(1, 9))
@pytest.mark.parametrize('suffix', ['jpg', 'png', 'webp'])
def test_exif_orientation(tmp_path, orientation, suffix):
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {'lossless': True} if suffix == 'webp' else {}
    path = save(tmp_path / f'x.{suffix}', IMAGE, exif=exif, **options)
    upright = ImageOps.exif_transpose(Image.open(path))
    assert np.array_equal(read_image(path), np.asarray(upright.convert('RGB')))
    assert image_size(path) == upright.size


@pytest.mark.parametrize('name', ['x.jpg', 'x.png', 'x.tif', 'x.webp', 'x.bmp'])
def test_damaged_files_are_named(tmp_path, name):
    random = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    path = save(tmp_path / name, random)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(MediaError, match=name) as caught:
        read_image(path)
    assert '\n' not in str(caught.value)


def test_wrong_files_are_named(tmp_path):
    (tmp_path / 'text.jpg').write_text('no image')
    (tmp_path / 'empty.png').touch()
    for name in ('text.jpg', 'empty.png', 'none.png'):
        with pytest.raises(MediaError, match=name):
            read_image(tmp_path / name)
        with pytest.raises(MediaError, match=name):
            image_size(tmp_path / name)
    Image.fromarray(np.ones((4, 4), np.float32)).save(tmp_path / 'float.tif')
    with pytest.raises(MediaError, match='32-bit values'):
        read_image(tmp_path / 'float.tif')


def test_plain_jpeg_goes_through_simplejpeg(tmp_path, monkeypatch):
    calls = []
    decode = simplejpeg.decode_jpeg
    monkeypatch.setattr(
        simplejpeg, 'decode_jpeg', lambda *a, **b: calls.append(1) or decode(*a, **b)
    )
    read_image(save(tmp_path / 'x.jpg', IMAGE))
    assert calls == [1]


@pytest.mark.parametrize('suffix', ['png', 'tif', 'webp', 'tga'])
def test_alpha_is_straight_and_as_stored(tmp_path, suffix):
    options = {'lossless': True, 'exact': True} if suffix == 'webp' else {}
    rgba = np.dstack([IMAGE, ALPHA])
    path = save(tmp_path / f'x.{suffix}', rgba, **options)
    assert image_has_alpha(path)
    assert np.array_equal(read_image(path, channels='rgba'), rgba)
    assert np.array_equal(read_image(path, 16, channels='rgba'), rgba.astype(np.uint16) * 257)


def test_alpha_of_palettes_grey_and_colour_keys(tmp_path):
    grey = Image.merge('LA', [Image.fromarray(IMAGE[..., 0]), Image.fromarray(ALPHA)])
    grey.save(tmp_path / 'grey.png')
    expected = np.dstack([IMAGE[..., :1]] * 3 + [ALPHA])
    assert np.array_equal(read_image(tmp_path / 'grey.png', channels='rgba'), expected)
    palette = Image.fromarray(np.arange(24 * 40, dtype=np.uint8).reshape(24, 40) % 7, 'P')
    palette.putpalette(bytes(range(21)))
    palette.save(tmp_path / 'palette.png', transparency=3)
    key = save(tmp_path / 'key.png', IMAGE, transparency=tuple(IMAGE[0, 0].tolist()))
    for path in (tmp_path / 'palette.png', key):
        assert image_has_alpha(path)
        image = read_image(path, channels='rgba')
        assert np.array_equal(image, np.asarray(Image.open(path).convert('RGBA')))
        assert set(np.unique(image[..., 3])) == {0, 255}


@pytest.mark.parametrize('suffix', ['png', 'tif'])
def test_alpha_of_sixteen_bits(tmp_path, suffix):
    deep = np.random.default_rng(0).integers(0, 65536, (24, 40, 4), np.uint16)
    path = save_deep(tmp_path / f'x.{suffix}', deep)
    assert np.array_equal(read_image(path, None, channels='rgba'), deep)
    eight = read_image(path, channels='rgba')
    assert np.array_equal(eight, np.round(deep / 257).astype(np.uint8))


@pytest.mark.parametrize('name', ['x.jpg', 'x.png', 'deep.png'])
def test_missing_alpha_is_said(tmp_path, name):
    path = tmp_path / name
    save_deep(path, IMAGE.astype(np.uint16)) if 'deep' in name else save(path, IMAGE)
    assert not image_has_alpha(path)
    with pytest.raises(MediaError, match=rf'{name} has no alpha'):
        read_image(path, channels='rgba')


@pytest.mark.parametrize('mode', ['L', '1', 'LA', 'RGBA', 'P', 'RGB'])
def test_grey_is_luma(tmp_path, mode):
    path = tmp_path / 'x.png'
    Image.fromarray(IMAGE).convert(mode).save(path)
    expected = np.asarray(Image.open(path).convert('RGB').convert('L')).astype(int)
    image = read_image(path, channels='grey')
    assert image.shape == (24, 40)
    assert np.abs(image - expected).max() <= (1 if mode in ('RGB', 'RGBA', 'P') else 0)


def test_grey_of_sixteen_bits(tmp_path):
    deep = np.random.default_rng(0).integers(0, 65536, (24, 40), np.uint16)
    path = save_deep(tmp_path / 'x.png', deep)
    assert np.array_equal(read_image(path, 16, channels='grey'), deep)
    path = save_deep(tmp_path / 'rgb.png', np.dstack([deep] * 3))
    assert np.array_equal(read_image(path, 16, channels='grey'), deep)


def test_depth_from_the_header(tmp_path):
    assert image_depth(save(tmp_path / 'x.png', IMAGE)) == 8
    assert image_depth(save_deep(tmp_path / 'y.png', IMAGE.astype(np.uint16))) == 16


def test_a_header_tells_all(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    rgba = np.dstack([IMAGE, ALPHA])
    for path, expected in (
        (save(tmp_path / 'a.jpg', IMAGE), ImageHeader((24, 40), 8, False)),
        (save(tmp_path / 'b.jpg', IMAGE, exif=exif), ImageHeader((40, 24), 8, False)),
        (save(tmp_path / 'c.png', rgba), ImageHeader((24, 40), 8, True)),
        (save_deep(tmp_path / 'd.png', IMAGE.astype(np.uint16)), ImageHeader((24, 40), 16, False)),
        (save_deep(tmp_path / 'e.tif', rgba.astype(np.uint16)), ImageHeader((24, 40), 16, True)),
        (save_deep(tmp_path / 'f.ppm', IMAGE.astype(np.uint16)), ImageHeader((24, 40), 16, False)),
        (save(tmp_path / 'g.ppm', IMAGE), ImageHeader((24, 40), 8, False)),
    ):
        assert image_header(path) == expected
    (tmp_path / 'text.jpg').write_text('no image')
    for name in ('text.jpg', 'none.png'):
        with pytest.raises(MediaError, match=name):
            image_header(tmp_path / name)


def test_the_kind_of_a_file(tmp_path):
    for path, expected in (
        (save(tmp_path / 'a.png', ALPHA), ('PNG', 'L')),
        (save(tmp_path / 'b.png', np.dstack([IMAGE, ALPHA])), ('PNG', 'RGBA')),
        (save(tmp_path / 'c.jpg', IMAGE), ('JPEG', 'RGB')),
    ):
        assert image_kind(path, read_bytes(path)) == expected
    with pytest.raises(MediaError, match=r'x\.png cannot be decoded'):
        image_kind(tmp_path / 'x.png', b'no image')


def test_premultiplied_colours_are_refused(tmp_path):
    deep = np.random.default_rng(0).integers(0, 65536, (24, 40, 4), np.uint16)
    path = save_deep(tmp_path / 'x.tif', deep)
    data = bytearray(path.read_bytes())
    planar = b'\x1c\x01\x03\x00\x01\x00\x00\x00\x01'  # a tag that says what is the default
    assert data.count(planar) == 1
    data = data.replace(planar, b'\x52' + planar[1:])  # ExtraSamples: 1, multiplied
    path.write_bytes(data)
    with pytest.raises(MediaError, match=r'x\.tif holds colours multiplied by alpha'):
        read_image(path, channels='rgba')


@pytest.mark.parametrize('suffix', ['png', 'pgm'])
def test_cut_files_of_sixteen_bits_are_named(tmp_path, suffix):
    deep = np.random.default_rng(0).integers(0, 65536, (64, 64), np.uint16)
    path = save_deep(tmp_path / f'x.{suffix}', deep)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(MediaError, match=rf'x\.{suffix} cannot be decoded'):
        read_image(path, 16)


def test_the_size_of_a_png_is_read_without_its_pixels(tmp_path, monkeypatch):
    path = tmp_path / 'a.png'
    Image.new('RGB', (30, 20)).save(path)
    turned = tmp_path / 'b.png'
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new('RGB', (30, 20)).save(turned, exif=exif)
    assert image_size(turned) == (20, 30)
    assert read_image(turned).shape == (30, 20, 3)

    def refuse(self):
        raise AssertionError('the pixels were decoded')

    monkeypatch.setattr(PngImagePlugin.PngImageFile, 'load', refuse)
    assert image_size(path) == (30, 20)
