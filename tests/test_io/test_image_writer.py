import stat
from fractions import Fraction

import cv2
import numpy as np
import pytest
from writer_media import make_images, make_info, times_of, write_all

from rvm.errors import MediaError
from rvm.io.writers import open_writer

TO_CV = {'rgb': cv2.COLOR_RGB2BGR, 'rgba': cv2.COLOR_RGBA2BGRA}


def read(path, channels):
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return image if channels == 'gray' else cv2.cvtColor(image, TO_CV[channels])


@pytest.mark.parametrize('channels', ['gray', 'rgb', 'rgba'])
@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
def test_a_sequence_is_lossless_numbered_and_straight(tmp_path, channels, dtype):
    info = make_info(33, 47, 3)
    images = make_images(channels, 3, 33, 47, dtype)
    write_all(open_writer(tmp_path / 'out', info, channels=channels), images, times_of(info, 3))
    names = sorted(path.name for path in (tmp_path / 'out').iterdir())
    assert names == ['0000.png', '0001.png', '0002.png']
    for name, image in zip(names, images, strict=True):
        found = read(tmp_path / 'out' / name, channels)
        assert found.dtype == dtype
        assert (found == image).all()


def test_numbers_are_wide_enough_for_the_count(tmp_path):
    for num_frames, name in [(None, '0000'), (10000, '0000'), (10001, '00000'), (10**6, '000000')]:
        path = tmp_path / str(num_frames)
        write_all(
            open_writer(path, make_info(num_frames=num_frames), channels='gray'),
            make_images('gray', 1),
            [Fraction(0)],
        )
        assert [p.stem for p in path.iterdir()] == [name]


def test_an_older_sequence_is_replaced_as_a_whole(tmp_path):
    info = make_info()
    for num in (5, 2):
        writer = open_writer(tmp_path / 'out', info, channels='gray')
        write_all(writer, make_images('gray', num), times_of(info, num))
    assert sorted(p.name for p in (tmp_path / 'out').iterdir()) == ['0000.png', '0001.png']
    assert list(tmp_path.iterdir()) == [tmp_path / 'out']


def test_permissions_of_the_folder_stay(tmp_path):
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out').chmod(0o750)
    write_all(
        open_writer(tmp_path / 'out', make_info(), channels='gray'),
        make_images('gray', 1),
        [Fraction(0)],
    )
    assert stat.S_IMODE((tmp_path / 'out').stat().st_mode) == 0o750


@pytest.mark.parametrize('strange', ['holiday.png', '12.png', '0000.jpg', 'notes.txt', '.hidden'])
def test_a_folder_with_anything_else_is_refused_at_once(tmp_path, strange):
    (tmp_path / strange).write_bytes(b'dear')
    (tmp_path / '0000.png').write_bytes(b'')
    with pytest.raises(MediaError, match=f'holds {strange}, which is no numbered PNG'):
        open_writer(tmp_path, make_info(), channels='gray')
    assert (tmp_path / strange).read_bytes() == b'dear'


def test_a_folder_inside_is_refused_even_if_its_name_fits(tmp_path):
    (tmp_path / 'out' / '0000.png').mkdir(parents=True)
    with pytest.raises(MediaError, match='no numbered PNG'):
        open_writer(tmp_path / 'out', make_info(), channels='gray')


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / 'out').write_bytes(b'dear')
    with pytest.raises(MediaError, match='is a file; name another folder'):
        open_writer(tmp_path / 'out', make_info(), channels='gray')


def test_compression_is_checked_and_works(tmp_path):
    with pytest.raises(MediaError, match=r'compression=10 is not in 0..9'):
        open_writer(tmp_path / 'out', make_info(), channels='gray', compression=10)
    sizes = []
    for compression in (0, 1):
        path = tmp_path / str(compression)
        writer = open_writer(path, make_info(), channels='rgb', compression=compression)
        write_all(writer, make_images('rgb', 1), [Fraction(0)])
        sizes.append((path / '0000.png').stat().st_size)
    assert sizes[1] < sizes[0] / 2


@pytest.mark.parametrize('channels', ['gray', 'rgb', 'rgba'])
@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
def test_a_png_still_is_lossless(tmp_path, channels, dtype):
    image = make_images(channels, 1, dtype=dtype)[0]
    write_all(
        open_writer(tmp_path / 'a.png', make_info(num_frames=1), channels=channels),
        [image],
        [Fraction(0)],
    )
    found = read(tmp_path / 'a.png', channels)
    assert found.dtype == dtype
    assert (found == image).all()


@pytest.mark.parametrize('channels', ['gray', 'rgb'])
@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
@pytest.mark.parametrize('suffix', ['.jpg', '.jpeg', '.JPG'])
def test_a_jpeg_still_is_close(tmp_path, channels, dtype, suffix):
    image = make_images(channels, 1, dtype=dtype)[0]
    path = tmp_path / f'a{suffix}'
    info = make_info(num_frames=1)
    write_all(open_writer(path, info, channels=channels), [image], [Fraction(0)])
    assert path.read_bytes()[:2] == b'\xff\xd8'
    true = np.rint(image / (np.iinfo(dtype).max / 255))
    assert np.abs(read(path, channels) - true).mean() < 1.5


@pytest.mark.parametrize('num_frames', [None, 1])
def test_a_still_holds_one_frame(tmp_path, num_frames):
    writer = open_writer(tmp_path / 'a.png', make_info(num_frames=num_frames), channels='gray')
    with pytest.raises(MediaError, match='holds one image, but the source has more frames'):
        write_all(writer, make_images('gray', 2), times_of(make_info(), 2))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('name', ['a.png', 'a.jpg'])
def test_a_still_of_a_video_is_refused_before_the_work(tmp_path, name):
    with pytest.raises(MediaError, match='holds one image, but the source has more frames'):
        open_writer(tmp_path / name, make_info(num_frames=2), channels='gray')
