from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rvm.errors import MediaError
from rvm.io import image_reader
from rvm.io.image_file import read_image
from rvm.io.image_reader import ImageReader, is_image, is_video, natural_key
from tests.test_io.image_factory import save, save_deep
from tests.test_io.media_factory import pattern, write_video

IMAGE = pattern(1, 40, 24)[0]


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
    save(tmp_path / 'a.png', IMAGE)
    save(tmp_path / 'b.jpg', IMAGE[:20])
    reader = ImageReader(tmp_path)
    assert reader.read([0]).shape == (1, 24, 40, 3)
    for read in (lambda: reader.read([1]), lambda: list(reader)):
        with pytest.raises(MediaError, match=r'a\.png has 40x24 pixels and .*b\.jpg has 40x20'):
            read()


def test_opening_reads_one_header(tmp_path, monkeypatch):
    for number in range(3):
        save(tmp_path / f'{number}.jpg', IMAGE)
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
    path = save(tmp_path / 'x.png', IMAGE)
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
    save(tmp_path / 'b.png', IMAGE)
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
    reader = ImageReader([save(tmp_path / 'a.png', IMAGE)] * 3)
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


def test_frames_come_one_at_a_time(tmp_path):
    for number in range(3):
        save(tmp_path / f'{number}.png', np.full((4, 6, 3), number, np.uint8))
    (tmp_path / '2.png').write_bytes(b'')
    images = ImageReader(tmp_path).frames_at([0, 1, 2])
    assert next(images).max() == 0
    assert next(images).max() == 1
    with pytest.raises(MediaError, match=r'2\.png cannot be decoded'):
        next(images)
    with pytest.raises(ValueError, match='that rise'):
        ImageReader(tmp_path).frames_at([1, 0])
