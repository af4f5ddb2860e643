from fractions import Fraction

import cv2
import numpy as np
import pytest
import simplejpeg
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rvm.errors import MediaError
from rvm.io import image_reader
from rvm.io.image_reader import (
    ImageReader,
    image_size,
    is_image,
    is_video,
    natural_key,
    read_image,
)
from tests.test_io.media_factory import pattern, write_video

IMAGE = pattern(1, 40, 24)[0]


def save(path, image=IMAGE, **options):
    Image.fromarray(image).save(path, **options)
    return path


def save_deep(path, image):
    """Write 16 bits: [H, W] grey, or [H, W, 3 or 4] RGB(A)."""
    if image.ndim == 3:
        image = image[..., [2, 1, 0, 3][: image.shape[2]]]
    assert cv2.imwrite(str(path), image)
    return path


@pytest.mark.parametrize('suffix', ['png', 'bmp', 'tif', 'webp', 'ppm', 'tga'])
def test_lossless_formats(tmp_path, suffix):
    options = {'lossless': True} if suffix == 'webp' else {}
    path = save(tmp_path / f'x.{suffix}', **options)
    image = read_image(path)
    assert np.array_equal(image, IMAGE)
    assert image.flags.c_contiguous
    assert np.array_equal(read_image(path, 16), IMAGE.astype(np.uint16) * 257)
    assert read_image(path, None).dtype == np.uint8


def test_jpeg_equals_pillow(tmp_path):
    path = save(tmp_path / 'x.jpg', quality=90)
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
    path = save(tmp_path / f'x.{suffix}', exif=exif, **options)
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
            ImageReader(tmp_path / name)
    Image.fromarray(np.ones((4, 4), np.float32)).save(tmp_path / 'float.tif')
    with pytest.raises(MediaError, match='32-bit values'):
        read_image(tmp_path / 'float.tif')


def test_folder_in_natural_order(tmp_path):
    for number in (1, 10, 2):
        save(tmp_path / f'frame{number}.png', np.full((4, 6, 3), number, np.uint8))
    for name in ('.hidden.png', '.DS_Store', 'Thumbs.db', 'notes.txt'):
        (tmp_path / name).write_bytes(b'x')
    (tmp_path / 'sub.png').mkdir()
    reader = ImageReader(tmp_path)
    assert [frame.image[0, 0, 0] for frame in reader] == [1, 2, 10]
    assert [frame.time for frame in reader] == reader.times()
    assert reader.times() == [0, Fraction(1, 30), Fraction(2, 30)]
    info = reader.info
    assert (info.width, info.height, info.num_frames, info.frame_rate) == (6, 4, 3, 30)
    assert reader.read([2, 0, 2])[:, 0, 0, 0].tolist() == [10, 1, 10]
    assert reader.read([]).shape == (0, 4, 6, 3)
    with pytest.raises(IndexError, match='there is no frame 3'):
        reader.read([3])


def test_list_keeps_its_order_and_single_image_is_a_clip(tmp_path):
    paths = [save(tmp_path / f'{n}.png', np.full((4, 6, 3), n, np.uint8)) for n in (3, 1, 2)]
    reader = ImageReader(paths, frame_rate=Fraction(24000, 1001))
    assert [frame.image[0, 0, 0] for frame in reader] == [3, 1, 2]
    assert reader.times()[2] == Fraction(2002, 24000)
    assert reader.info.time_base == Fraction(1001, 24000)
    single = ImageReader(str(paths[1]))
    assert len(single) == 1
    assert single.read([0]).max() == 1
    with pytest.raises(MediaError, match='empty'):
        ImageReader([])
    with pytest.raises(MediaError, match='frame rate must be positive'):
        ImageReader(paths, frame_rate=Fraction(0))


def test_mixed_sizes_name_both_files(tmp_path):
    save(tmp_path / 'a.png')
    save(tmp_path / 'b.jpg', IMAGE[:20])
    reader = ImageReader(tmp_path)
    assert reader.read([0]).shape == (1, 24, 40, 3)
    for read in (lambda: reader.read([1]), lambda: list(reader)):
        with pytest.raises(MediaError, match=r'a\.png has 40x24 pixels and .*b\.jpg has 40x20'):
            read()


def test_opening_reads_one_header(tmp_path, monkeypatch):
    for number in range(3):
        save(tmp_path / f'{number}.jpg')
    opened = []
    original = Image.open
    monkeypatch.setattr(image_reader, 'read_image', None)
    monkeypatch.setattr(Image, 'open', lambda path: opened.append(path) or original(path))
    reader = ImageReader(tmp_path)
    assert (reader.info.width, reader.info.height, reader.info.num_frames) == (40, 24, 3)
    assert {path.name for path in opened} == {'0.jpg'}


@pytest.mark.parametrize('suffix', ['png', 'tif', 'ppm', 'jpg', 'webp', 'bmp'])
@pytest.mark.parametrize('deep', [False, True])
@pytest.mark.parametrize('grey', [False, True])
def test_depth_at_opening_is_that_of_the_pixels(tmp_path, suffix, deep, grey):
    if deep and suffix in ('jpg', 'webp', 'bmp'):
        pytest.skip('holds 8 bits')
    image = IMAGE[..., 0] if grey else IMAGE
    path = tmp_path / ('x.pgm' if grey and suffix == 'ppm' else f'x.{suffix}')
    save_deep(path, image.astype(np.uint16) * 257) if deep else save(path, image)
    assert ImageReader(path).info.bit_depth == 8 * read_image(path, None).itemsize == 8 << deep


def test_rates_as_programs_print_them(tmp_path):
    path = save(tmp_path / 'x.png')
    for printed, rate in [
        ('23.976023976', Fraction(24000, 1001)),
        ('29.97002997', Fraction(30000, 1001)),
        ('23.976', Fraction(2997, 125)),
        ('30000/1001', Fraction(30000, 1001)),
    ]:
        assert ImageReader(path, frame_rate=Fraction(printed)).info.frame_rate == rate
    with pytest.raises(MediaError, match='frame rate must be positive'):
        ImageReader(path, frame_rate=Fraction(1, 10**9))


def test_mixed_depths_get_one_type(tmp_path):
    save_deep(tmp_path / 'a.png', IMAGE.astype(np.uint16) * 257)
    save(tmp_path / 'b.png')
    reader = ImageReader(tmp_path, bit_depth=None)
    assert reader.info.bit_depth == 16
    assert np.array_equal(reader.read([0])[0], reader.read([1])[0])
    assert reader.read([1]).dtype == np.uint16


def test_folders_without_images(tmp_path):
    with pytest.raises(MediaError, match='holds no images'):
        ImageReader(tmp_path)
    write_video(tmp_path / 'x.mp4', 1)
    with pytest.raises(MediaError, match=r'1 video file\(s\) and no images.*one by one'):
        ImageReader(tmp_path)


def test_closed_reader_says_so(tmp_path):
    reader = ImageReader([save(tmp_path / 'a.png')] * 3)
    frames = iter(reader)
    next(frames)
    reader.close()
    with pytest.raises(MediaError, match='has been closed'):
        next(frames)


def test_kinds_by_suffix():
    assert is_image('a/B.JPG')
    assert is_video('a/B.MOV')
    for name in ('a.txt', '.a.png', 'Thumbs.db', '.x.mp4'):
        assert not is_image(name)
        assert not is_video(name)


def test_natural_key_orders_numbers():
    names = ['b1', 'a10', 'A2', 'a1.png', '10', '9', 'a', 'a1b20', 'a1b3', '']
    expected = ['', '9', '10', 'a', 'a1.png', 'a1b3', 'a1b20', 'A2', 'a10', 'b1']
    assert sorted(names, key=natural_key) == expected


@given(st.lists(st.text(max_size=8), unique=True), st.randoms())
def test_natural_key_settles_every_order(names, random):
    ordered = sorted(names, key=natural_key)
    random.shuffle(names)
    assert sorted(names, key=natural_key) == ordered


def test_plain_jpeg_goes_through_simplejpeg(tmp_path, monkeypatch):
    calls = []
    decode = simplejpeg.decode_jpeg
    monkeypatch.setattr(simplejpeg, 'decode_jpeg', lambda *a: calls.append(1) or decode(*a))
    read_image(save(tmp_path / 'x.jpg'))
    assert calls == [1]
