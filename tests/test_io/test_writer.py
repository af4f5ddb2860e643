import errno
import re
import resource
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from writer_media import (
    info_of,
    make_images,
    make_info,
    make_source,
    read_video,
    times_of,
    write_all,
)

from rvm.errors import MediaError
from rvm.io.writers import open_writer

TARGETS = ['out.mp4', 'out.mov', 'out.mkv', 'out.webm', 'out.png', 'folder']


def put_old(path):
    """Place an older good output at the target, and return what reads its content."""
    if path.suffix:
        path.write_bytes(b'old')
        return lambda: path.read_bytes() == b'old'
    path.mkdir()
    (path / '0000.png').write_bytes(b'old')
    return lambda: [p.read_bytes() for p in path.iterdir()] == [b'old']


def noise(num=30, width=64, height=48):
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (height, width, 3), np.uint8) for _ in range(num)]


@pytest.mark.parametrize('name', TARGETS)
@pytest.mark.parametrize('error', [KeyboardInterrupt, RuntimeError])
def test_an_exception_leaves_the_old_file_and_no_partial(tmp_path, name, error):
    path = tmp_path / name
    is_old = put_old(path)

    def fail():
        with open_writer(path, info_of(name), channels='rgb') as writer:
            writer.write(make_images('rgb', 1)[0], Fraction(0))
            raise error

    with pytest.raises(error):
        fail()
    assert is_old()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize('name', TARGETS)
def test_nothing_is_at_the_target_before_close(tmp_path, name):
    path = tmp_path / 'made' / name
    writer = open_writer(path, make_info(num_frames=1), channels='rgb')
    writer.write(make_images('rgb', 1)[0], Fraction(0))
    assert not path.exists()
    writer.close()
    writer.close()
    assert [path] == list(path.parent.iterdir())
    with pytest.raises(MediaError, match='closed already'):
        writer.write(make_images('rgb', 1)[0], Fraction(1))


@pytest.mark.parametrize('name', TARGETS)
def test_no_frame_is_an_error_and_leaves_nothing(tmp_path, name):
    path = tmp_path / name
    is_old = put_old(path)
    writer = open_writer(path, info_of(name), channels='rgb')
    with pytest.raises(MediaError, match='the source has no frame'):
        writer.close()
    assert is_old()
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(MediaError, match='aborted already'):
        writer.close()


@pytest.mark.parametrize('name', [name for name in TARGETS if name != 'out.png'])
@pytest.mark.parametrize('limit', [1, 3000, 20000])
def test_a_file_that_cannot_grow_is_one_sentence(tmp_path, name, limit):
    path = tmp_path / name
    is_old = put_old(path)
    info = make_info(256, 256, 30)
    images = noise(30, 256, 256)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        with pytest.raises(MediaError) as caught:
            write_all(open_writer(path, info, channels='rgb'), images, times_of(info, 30))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert re.fullmatch(rf'cannot write {path}: the file grew .* allows', str(caught.value))
    assert is_old()
    assert list(tmp_path.iterdir()) == [path]


def test_a_limit_that_only_the_end_exceeds_is_noticed(tmp_path):
    path = tmp_path / 'out.mp4'
    info = make_info(num_frames=30)
    write_all(open_writer(path, info, channels='rgb'), noise(), times_of(info, 30))
    size = path.stat().st_size
    path.write_bytes(b'old')
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size - 1, hard))
        with pytest.raises(MediaError, match='cannot write'):
            write_all(open_writer(path, info, channels='rgb'), noise(), times_of(info, 30))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b'old'
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize('step', ['_write', '_finish'])
def test_a_full_disk_names_the_file_and_the_disk(tmp_path, monkeypatch, step):
    def full(*_):
        raise OSError(errno.ENOSPC, 'No space left on device')

    writer = open_writer(tmp_path / 'out.mp4', make_info(num_frames=2), channels='rgb')
    images = make_images('rgb', 2)
    writer.write(images[0], Fraction(0))
    monkeypatch.setattr(writer, step, full)
    text = rf'cannot write {tmp_path}/out.mp4: the disk that holds {tmp_path} is full'
    with pytest.raises(MediaError, match=text):
        write_all(writer, images[1:], times_of(writer.info, 1, Fraction(1001, 30000)))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / 'file').write_bytes(b'')
    with pytest.raises(MediaError, match=r'cannot write .*/file/out.mp4: '):
        open_writer(tmp_path / 'file' / 'out.mp4', make_info(), channels='rgb')


def test_interrupt_by_signal_leaves_nothing(tmp_path):
    code = (
        'import signal, sys, numpy as np; from fractions import Fraction as F\n'
        'from rvm.io.media import MediaInfo; from rvm.io.writers import open_writer\n'
        "info = MediaInfo('x', 64, 48, 9, F(30), F(1, 30))\n"
        "with open_writer(sys.argv[1], info, channels='rgb') as writer:\n"
        '    for i in range(9):\n'
        '        writer.write(np.zeros((48, 64, 3), np.uint8), F(i, 30))\n'
        '        if i == 5: signal.raise_signal(signal.SIGINT)\n'
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, '-c', code, tmp_path / 'out.mp4'], cwd=root, capture_output=True
    )
    assert b'KeyboardInterrupt' in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('name', TARGETS)
@pytest.mark.parametrize(
    ('image', 'text'),
    [
        (np.zeros((48, 64, 4), np.uint8), r'frame 0 has the shape \(48, 64, 4\), but rgb frames'),
        (np.zeros((48, 64), np.uint8), r'frame 0 has the shape \(48, 64\)'),
        (np.zeros((46, 64, 3), np.uint8), r'has the shape \(46, 64, 3\)'),
        (np.zeros((48, 64, 3), np.float32), r'frame 0 is float32; convert it to uint8'),
        (None, 'has the shape NoneType'),
    ],
)
def test_wrong_frames_are_refused(tmp_path, name, image, text):
    with (
        pytest.raises(MediaError, match=text),
        open_writer(tmp_path / name, info_of(name), channels='rgb') as writer,
    ):
        writer.write(image, Fraction(0))
    assert list(tmp_path.iterdir()) == []


def test_dtype_and_order_of_time_may_not_change(tmp_path):
    writer = open_writer(tmp_path / 'out.mov', make_info(), channels='rgba')
    narrow, wide = make_images('rgba', 1)[0], make_images('rgba', 1, dtype=np.uint16)[0]
    first, second = times_of(writer.info, 2)
    writer.write(narrow, second)
    with pytest.raises(MediaError, match='frame 1 is uint16, the frames before it are uint8'):
        writer.write(wide, 2 * second)
    for time in (first, second):
        with pytest.raises(MediaError, match='in order of their time'):
            writer.write(narrow, time)
    writer.close()
    assert len(read_video(tmp_path / 'out.mov')) == 1


@pytest.mark.parametrize(
    'wrong', [{'width': 0}, {'height': -1}, {'rate': Fraction(0), 'time_base': Fraction(1)}]
)
def test_impossible_infos_are_refused(tmp_path, wrong):
    with pytest.raises(MediaError, match='cannot be written'):
        open_writer(tmp_path / 'out.mp4', make_info(**wrong), channels='rgb')


def test_the_source_is_never_the_target(tmp_path):
    path = make_source(tmp_path / 'clip.mp4')
    content = path.read_bytes()
    (tmp_path / 'link.mp4').symlink_to(path)
    for target in (path, tmp_path / 'link.mp4', tmp_path / '..' / tmp_path.name / 'clip.mp4'):
        with pytest.raises(MediaError, match='is the source itself'):
            open_writer(target, make_info(), channels='rgb', audio_from=path)
    assert path.read_bytes() == content


def test_a_link_stays_and_what_it_names_is_replaced(tmp_path):
    (tmp_path / 'real.mp4').write_bytes(b'old')
    (tmp_path / 'link.mp4').symlink_to(tmp_path / 'real.mp4')
    info = make_info()
    write_all(
        open_writer(tmp_path / 'link.mp4', info, channels='rgb'), make_images('rgb'), times_of(info)
    )
    assert (tmp_path / 'link.mp4').is_symlink()
    assert len(read_video(tmp_path / 'real.mp4')) == 10


@pytest.mark.parametrize(
    ('wrong', 'name'),
    [
        ({'rate': Fraction('23.976023976')}, 'frame rate 2997002997/125000000'),
        ({'time_base': Fraction(1, 2**31)}, 'time base 1/2147483648'),
    ],
)
def test_numbers_beyond_31_bits_are_refused(tmp_path, wrong, name):
    with pytest.raises(MediaError, match=f'the {name} has more than 31 bits'):
        open_writer(tmp_path / 'out.mp4', make_info(**wrong), channels='rgb')


KILLED = (
    'import os, signal, sys, numpy as np; from fractions import Fraction as F\n'
    'from rvm.io.media import MediaInfo; from rvm.io.writers import open_writer\n'
    "info = MediaInfo('x', 64, 48, 60, F(30), F(1, 30))\n"
    "writer = open_writer(sys.argv[1], info, channels='rgb')\n"
    'for i in range(60): writer.write(np.zeros((48, 64, 3), np.uint8), F(i, 30))\n'
    'os.kill(os.getpid(), signal.SIGKILL)\n'
)


@pytest.mark.parametrize('name', ['out.mp4', 'folder'])
def test_what_a_killed_run_left_goes_with_the_next(tmp_path, name):
    path = tmp_path / name
    subprocess.run([sys.executable, '-c', KILLED, path], cwd=Path(__file__).parents[2])
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(f'.{path.stem}.partial-')
    info = make_info(num_frames=1)
    write_all(open_writer(path, info, channels='rgb'), make_images('rgb', 1), [Fraction(0)])
    assert list(tmp_path.iterdir()) == [path]
