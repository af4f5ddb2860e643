import cv2
import numpy as np
import pytest
from PIL import Image

from rvm.errors import DataError, MediaError
from rvm.evaluation.folders import image_stream
from rvm.evaluation.folders.image_stream import ImageStream
from rvm.io import decode_frame, read_image
from rvm.io.image_file import ImageHeader
from tests.test_evaluation.test_folders.sets import matte, picture, save, save_bits


@pytest.fixture
def stream(tmp_path):
    for number in range(3):
        save(tmp_path / f'{number}.png', matte(number))
    return ImageStream(tmp_path, ('0.png', '1.png', '2.png'))


def test_names_headers_and_parts(stream, tmp_path):
    assert (len(stream), stream.num_headers) == (3, 3)
    assert stream.frame_names == ['0', '1', '2']
    assert stream.where == tmp_path
    assert stream.describe(1) == str(tmp_path / '1.png')
    assert stream.header(2) == ImageHeader((24, 32), 8, False)
    assert stream.part(1, 3) == ImageStream(tmp_path, ('1.png', '2.png'))


@pytest.mark.parametrize('bits', [1, 2, 4])
def test_headers_tell_few_bits_of_grey(tmp_path, bits):
    save_bits(tmp_path / '0.png', bits)
    assert ImageStream(tmp_path, ('0.png',)).header(0).depth == bits


def test_headers_of_other_kinds(tmp_path):
    grey = Image.fromarray(matte(0))
    names = ('0.bmp', '0.tif', '1.tif', '0.png', '0.jpg')
    for name in names[:2]:
        grey.convert('1').save(tmp_path / name)
    grey.save(tmp_path / '1.tif')
    grey.quantize(2).save(tmp_path / '0.png', bits=1)  # few indices, colours of 8 bits
    grey.save(tmp_path / '0.jpg')
    stream = ImageStream(tmp_path, names)
    assert [stream.header(number).depth for number in range(5)] == [1, 1, 8, 8, 8]


@pytest.mark.parametrize('deep', [False, True])
@pytest.mark.parametrize('channels', [1, 3])
def test_mattes_are_exact(tmp_path, deep, channels):
    expected = matte(0).astype(np.uint16) * 259 if deep else matte(0)
    image = np.repeat(expected[..., None], 3, 2) if channels == 3 else expected
    save(tmp_path / '0.png', image)
    (found,) = ImageStream(tmp_path, ('0.png',)).mattes()
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype


def test_a_jpeg_gives_its_luma(tmp_path):
    grey = cv2.cvtColor(matte(0), cv2.COLOR_GRAY2BGR)
    grey[..., 0] -= np.minimum(grey[..., 0], 9)  # a tint, as careless conversions leave it
    save(tmp_path / '0.jpg', grey)
    (found,) = ImageStream(tmp_path, ('0.jpg',)).mattes()
    np.testing.assert_array_equal(found, decode_frame(tmp_path / '0.jpg', 'grey'))


@pytest.mark.parametrize('suffix', ['.png', '.jpg', '.bmp'])
def test_a_picture_in_colours_is_no_matte(tmp_path, suffix):
    save(tmp_path / f'0{suffix}', matte(0))
    smooth = cv2.GaussianBlur(picture(0), (0, 0), 4)
    smooth[..., 2] //= 2
    save(tmp_path / f'1{suffix}', smooth)
    mattes = ImageStream(tmp_path, (f'0{suffix}', f'1{suffix}')).mattes()
    assert next(mattes).shape == (24, 32)
    with pytest.raises(DataError, match=f'1{suffix} is a picture in colours'):
        next(mattes)


def test_pictures_are_rgb(tmp_path):
    save(tmp_path / '0.png', picture(0))
    save(tmp_path / '1.png', matte(1))
    colour, grey = ImageStream(tmp_path, ('0.png', '1.png')).pictures()
    np.testing.assert_array_equal(colour, picture(0)[..., ::-1])
    np.testing.assert_array_equal(grey, np.repeat(matte(1)[..., None], 3, 2))


def test_files_that_went_away_are_named(stream, tmp_path):
    (tmp_path / '1.png').unlink()
    for frames in (stream.mattes(), stream.pictures()):
        with pytest.raises(MediaError, match=r'1\.png does not exist'):
            list(frames)


def test_thumbnails_are_read_when_they_are_asked_for(tmp_path, monkeypatch):
    save(tmp_path / '0.png', np.tile(picture(0), (1, 2, 1)))
    read = []
    decode = image_stream.decode_frame
    monkeypatch.setattr(
        image_stream,
        'decode_frame',
        lambda path, **options: read.append(options) or decode(path, **options),
    )
    small, _ = ImageStream(tmp_path, ('0.png', 'absent.png')).thumbnails(30)
    assert read == []
    assert small().shape == (3, 12, 32)
    assert read == [{'shrink': 2}]
    whole, _ = ImageStream(tmp_path, ('0.png', 'absent.png')).thumbnails(64)
    np.testing.assert_array_equal(whole().transpose(1, 2, 0), read_image(tmp_path / '0.png'))
