import numpy as np
import pytest
from PIL import Image

from rvm.errors import MediaError
from rvm.io.frame_decode import decode_frame, frame_size
from rvm.io.image_file import read_image
from tests.test_io.image_factory import save, save_deep
from tests.test_io.media_factory import pattern
from tests.test_io.test_jpeg import encode, odd_scan

IMAGE = pattern(1, 43, 29)[0]
RGBA = np.dstack([IMAGE, pattern(2, 43, 29)[1][..., 0]])


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


def make(path, kind):
    if kind == 'deep.png':
        return save_deep(path, IMAGE[..., 0].astype(np.uint16) * 257 + 3)
    if kind in ('cmyk.jpg', 'palette.png'):
        Image.fromarray(IMAGE).convert(kind[:4].strip('pale').upper() or 'P').save(path)
        return path
    if kind == 'turned.jpg':
        return save(path, IMAGE, exif=exif(6))
    if kind == 'camera.jpg':
        return save(path, IMAGE, exif=exif(1))
    if kind == 'odd.jpg':
        path.write_bytes(odd_scan(encode(IMAGE)))
        return path
    if kind == 'x.jpg':
        return save(path, IMAGE, subsampling=0)
    return save(path, RGBA if 'rgba' in kind else IMAGE[..., 0] if 'grey' in kind else IMAGE)


KINDS = [
    *('x.jpg', 'grey.jpg', 'cmyk.jpg', 'turned.jpg', 'camera.jpg', 'odd.jpg'),
    *('x.png', 'grey.png', 'rgba.png', 'palette.png', 'deep.png', 'x.webp', 'x.tif'),
]


@pytest.mark.parametrize('kind', KINDS)
def test_full_size_equals_the_exact_reader(tmp_path, kind):
    path = make(tmp_path / kind, kind)
    expected = read_image(path)
    assert np.array_equal(decode_frame(path), expected)
    rgbx = decode_frame(str(path), 'rgbx')
    assert rgbx.flags.c_contiguous
    assert np.array_equal(rgbx[..., :3], expected)
    assert np.array_equal(decode_frame(path, 'grey'), read_image(path, channels='grey'))
    assert frame_size(path) == expected.shape[:2]
    assert frame_size(path) == ((43, 29) if kind == 'turned.jpg' else (29, 43))


@pytest.mark.parametrize('shrink', [1, 2, 4, 8])
@pytest.mark.parametrize('kind', KINDS)
def test_shrunk_frames_cover_whole_squares(tmp_path, kind, shrink):
    path = make(tmp_path / kind, kind)
    full = read_image(path)
    height, width = (-(-side // shrink) for side in full.shape[:2])
    pad = (height * shrink - full.shape[0], width * shrink - full.shape[1])
    padded = np.pad(full, ((0, pad[0]), (0, pad[1]), (0, 0)), 'edge')
    means = padded.reshape(height, shrink, width, shrink, 3).mean((1, 3))
    for channels in ('rgb', 'rgbx', 'grey'):
        out = np.zeros(
            (height, width, *{'rgb': (3,), 'rgbx': (4,), 'grey': ()}[channels]), np.uint8
        )
        image = decode_frame(path, channels, shrink=shrink)
        assert np.array_equal(decode_frame(path, channels, shrink=shrink, out=out), image)
        assert np.array_equal(out, image)
    image = decode_frame(path, shrink=shrink)
    assert image.shape == (height, width, 3)
    whole = np.s_[: full.shape[0] // shrink, : full.shape[1] // shrink]
    plain_jpeg = kind in ('x.jpg', 'grey.jpg')
    # A JPEG's own scaling keeps the mean of a block of 8x8, and only nearly that of smaller ones.
    limit = 6 if plain_jpeg and shrink > 1 else 0.51
    assert np.abs(image[whole] - means[whole]).mean() < limit
    assert plain_jpeg or np.abs(image - means).max() <= 0.51


def test_alpha_is_straight(tmp_path):
    path = save(tmp_path / 'x.png', RGBA)
    assert np.array_equal(decode_frame(path, 'rgba'), RGBA)
    assert decode_frame(path, 'rgba', shrink=4).shape == (8, 11, 4)
    for name in ('a.png', 'a.jpg'):
        with pytest.raises(MediaError, match=rf'{name} has no alpha'):
            decode_frame(save(tmp_path / name, IMAGE), 'rgba')


@pytest.mark.parametrize('name', ['x.jpg', 'x.png', 'camera.jpg', 'x.webp'])
@pytest.mark.parametrize('fault', ['absent', 'empty', 'short', 'cut', 'text'])
def test_faults_name_the_file(tmp_path, name, fault):
    path = make(tmp_path / name, name)
    data = path.read_bytes()
    content = {'empty': b'', 'short': data[:40], 'cut': data[: len(data) * 2 // 3], 'text': b'text'}
    path.unlink() if fault == 'absent' else path.write_bytes(content[fault])
    for channels in ('rgb', 'grey'):
        with pytest.raises(MediaError, match=name) as caught:
            decode_frame(path, channels, shrink=2)
        assert '\n' not in str(caught.value)
    if fault != 'cut':
        with pytest.raises(MediaError, match=name):
            frame_size(path)


@pytest.mark.parametrize('name', ['x.jpg', 'x.png'])
def test_another_size_than_expected(tmp_path, name):
    path = make(tmp_path / name, name)
    with pytest.raises(MediaError, match=rf'{name} has 43x29 pixels .* have 29x43'):
        decode_frame(path, out=np.zeros((43, 29, 3), np.uint8))


def test_wrong_options(tmp_path):
    path = make(tmp_path / 'x.jpg', 'x.jpg')
    for wrong in ({'channels': 'bgr'}, {'shrink': 3}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            decode_frame(path, **wrong)


def test_size_from_the_head_alone(tmp_path):
    path = save(tmp_path / 'x.jpg', IMAGE, icc_profile=bytes(90_000))
    assert frame_size(path) == (29, 43)
    plain = make(tmp_path / 'y.jpg', 'y.jpg')
    plain.write_bytes(plain.read_bytes()[:-40])
    assert frame_size(plain) == (29, 43)
