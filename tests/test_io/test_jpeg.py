import io

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from rvm.io.jpeg import decode_jpeg, jpeg_size
from tests.test_io.media_factory import pattern

IMAGE = pattern(1, 75, 53)[0]


def encode(image=IMAGE, mode='RGB', **options):
    file = io.BytesIO()
    Image.fromarray(image).convert(mode).save(file, 'JPEG', quality=90, **options)
    return file.getvalue()


KINDS = {
    '444': {'subsampling': 0},
    '422': {'subsampling': 1},
    '420': {'subsampling': 2},
    'progressive': {'subsampling': 2, 'progressive': True},
    'rgb': {'subsampling': 0, 'keep_rgb': True},
    'grey': {'mode': 'L'},
}


@pytest.mark.parametrize('kind', KINDS)
def test_pixels_are_those_of_pillow(kind):
    data = encode(**KINDS[kind])
    expected = np.asarray(Image.open(io.BytesIO(data)).convert('RGB'))
    assert jpeg_size(data) == (53, 75)
    assert np.array_equal(decode_jpeg(data, 'rgb'), expected)
    rgbx = decode_jpeg(data, 'rgbx')
    assert np.array_equal(rgbx[..., :3], expected)
    assert (rgbx[..., 3] == 255).all()
    if kind != 'rgb':  # of which Pillow converts the RGB
        grey = Image.open(io.BytesIO(data))
        grey.draft('L', grey.size)
        assert np.array_equal(decode_jpeg(data, 'grey'), np.asarray(grey))


@pytest.mark.parametrize('shrink', [2, 4, 8])
@pytest.mark.parametrize('size', [(53, 75), (64, 64), (9, 200), (8, 1), (17, 31)])
def test_scale_is_the_one_asked_for(size, shrink):
    data = encode(np.resize(IMAGE, (*size, 3)))
    height, width = (-(-side // shrink) for side in size)
    for channels, shape in [('rgb', (3,)), ('rgbx', (4,)), ('grey', ())]:
        assert decode_jpeg(data, channels, shrink).shape == (height, width, *shape)


@pytest.mark.parametrize('shrink', [2, 4, 8])
def test_scaled_pixels_are_means(shrink):
    y, x = np.mgrid[:64, :96]
    image = np.stack([2 * y + 50, 2 * x + 20, 220 - y - x], -1).astype(np.uint8)
    data = encode(image, subsampling=0)
    means = image.reshape(64 // shrink, shrink, 96 // shrink, shrink, 3).mean((1, 3))
    assert np.abs(decode_jpeg(data, 'rgb', shrink) - means).max() < 2.5


def test_into_a_given_array():
    data = encode()
    out = np.zeros((27, 38, 4), np.uint8)
    image = decode_jpeg(data, 'rgbx', 2, out)
    assert np.shares_memory(image, out)
    assert np.array_equal(out, decode_jpeg(data, 'rgbx', 2))
    grey = np.zeros((53, 75), np.uint8)
    assert np.shares_memory(decode_jpeg(data, 'grey', 1, grey), grey)
    for other in (np.zeros((60, 75, 3), np.uint8), np.zeros((53, 75, 6), np.uint8)[..., ::2]):
        image = decode_jpeg(data, 'rgb', 1, other)
        assert not np.shares_memory(image, other)
        assert image.shape == (53, 75, 3)


def test_what_is_not_plain_is_left_to_others():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert jpeg_size(encode(exif=exif)) is None
    assert jpeg_size(encode(xmp=b'<x tiff:Orientation="6"/>')) is None
    assert jpeg_size(encode(mode='CMYK')) is None
    assert decode_jpeg(encode(mode='CMYK'), 'rgb') is None
    assert jpeg_size(encode(comment=b'Exif\0 after a comment, too')) is None
    assert jpeg_size(b'') is jpeg_size(b'\xff\xd8') is jpeg_size(b'\xff\xd8\xff\xff') is None
    assert decode_jpeg(b'none', 'rgb') is None
    assert decode_jpeg(encode(IMAGE[:3, :3]), 'rgb', 2) is None  # two scales have this size
    assert decode_jpeg(encode(IMAGE[:3, :3]), 'rgb', 1).shape == (3, 3, 3)


def test_damage_is_a_fault_and_a_warning_is_none():
    data = encode()
    with pytest.raises(ValueError, match='Premature end'):
        decode_jpeg(data[: len(data) // 2], 'rgb')
    assert decode_jpeg(odd_scan(data), 'rgb') is None
    with pytest.raises(ValueError, match='Invalid SOS'):
        simplejpeg.decode_jpeg(odd_scan(data))


def odd_scan(data):
    """Return a file as some cameras write it, whose scan header says 0..0 for 0..63."""
    at = data.index(b'\xff\xda')
    end = at + 2 + int.from_bytes(data[at + 2 : at + 4], 'big')
    assert data[end - 3 : end - 1] == b'\x00\x3f'
    return data[: end - 3] + b'\x00\x00' + data[end - 1 :]
