import pickle

import cv2
import numpy as np
import pytest

from rvm.datasets import frames
from rvm.datasets.frames import ArrayFrames, ImageFrames, PairedFrames, VideoFrames
from rvm.errors import DataError, MediaError
from rvm.io import probe
from tests.test_datasets.clips import smooth_pictures
from tests.test_datasets.footage import matte, picture, save, save_video

SIZE = (21, 34)
COUNT = 5


@pytest.fixture
def pictures():
    return smooth_pictures(COUNT, *SIZE, 4)


def image_frames(folder, images, kind, suffix='.png'):
    names = tuple(f'{number}{suffix}' for number in range(len(images)))
    for name, image in zip(names, images, strict=True):
        save(folder / name, image)
    return ImageFrames(str(folder), names, kind)


@pytest.fixture(params=['rgb', 'grey', 'rgba', 'paired', 'array rgb', 'array grey', 'array rgba'])
def source(request, tmp_path, pictures):
    """(source, what it must yield)."""
    rgb, alpha = np.ascontiguousarray(pictures[..., :3]), np.ascontiguousarray(pictures[..., 3])
    what = request.param.split()[-1]
    stack = {'rgb': rgb, 'grey': alpha, 'rgba': pictures, 'paired': pictures}[what]
    if request.param == 'paired':
        picture, matte = (
            image_frames(tmp_path / name, images, kind)
            for name, images, kind in (('fgr', rgb, 'rgb'), ('pha', alpha, 'grey'))
        )
        return PairedFrames(picture, matte), stack
    if request.param.startswith('array'):
        return ArrayFrames(stack, what), stack
    return image_frames(tmp_path / 'x', stack, what), stack


def seen(source, image):
    """Without the fourth channel that means nothing."""
    return image[..., :3] if source.kind == 'rgb' else image


def test_frames_are_those_asked_for(source):
    source, expected = source
    assert len(source) == COUNT
    assert tuple(source.size()) == SIZE
    images = list(source.load([0, 2, 4]))
    assert len(images) == 3
    for number, image in zip((0, 2, 4), images, strict=True):
        assert image.dtype == np.uint8
        assert image.ndim == (2 if source.kind == 'grey' else 3)
        assert image.shape[-1] == (SIZE[1] if source.kind == 'grey' else 4)
        assert np.array_equal(seen(source, image), expected[number])


@pytest.mark.parametrize('shrink', [2, 4, 8])
def test_shrunk_pixels_cover_those_of_the_frame(source, shrink):
    source, expected = source
    (image,) = source.load([3], shrink)
    height, width = (-(-side // shrink) for side in SIZE)
    assert image.shape[:2] == (height, width)
    inside = expected[3][: SIZE[0] // shrink * shrink, : SIZE[1] // shrink * shrink]
    cells = inside.reshape(SIZE[0] // shrink, shrink, SIZE[1] // shrink, shrink, *inside.shape[2:])
    means = cells.mean((1, 3))
    error = np.abs(seen(source, image)[: means.shape[0], : means.shape[1]] - means)
    assert error.max() <= 1


def test_what_is_given_may_be_written_into(source):
    source, expected = source
    for image in source.load([1]):
        image[:] = 0
    (again,) = source.load([1])
    assert np.array_equal(seen(source, again), expected[1])


def test_pickled_sources_are_equal_and_small(source):
    source, expected = source
    copied = pickle.loads(pickle.dumps(source))
    (image,) = copied.load([4])
    assert np.array_equal(seen(source, image), expected[4])
    if not isinstance(source, ArrayFrames):
        assert copied == source
        assert len(pickle.dumps(source)) < 1000


def test_where_frames_are(source):
    source, _ = source
    files = [str(file) for file in source.files()]
    if isinstance(source, ArrayFrames):
        assert files == []
        assert 'frame 2' in source.describe(2)
    else:
        assert source.describe(2) == files[2]
        assert len(files) == (2 * COUNT if isinstance(source, PairedFrames) else COUNT)


def test_a_jpeg_shrinks_while_it_is_decoded(tmp_path, pictures):
    source = image_frames(tmp_path, np.ascontiguousarray(pictures[..., :3]), 'rgb', '.jpg')
    (image,) = source.load([0], 2)
    assert image.shape == (11, 17, 4)
    means = cv2.resize(pictures[0, :20, :, :3], (17, 10), interpolation=cv2.INTER_AREA)
    assert np.abs(image[:10, :, :3].astype(int) - means).mean() < 2


@pytest.mark.parametrize('shrink', [1, 2])
def test_a_frame_of_another_size_is_named(tmp_path, shrink):
    source = image_frames(tmp_path, [picture(0, SIZE), picture(0, (22, 40))], 'rgb')
    with pytest.raises(DataError, match=r'1\.png has .*40x22 .* 34x21 .*0\.png'):
        list(source.load([0, 1], shrink))
    with pytest.raises(DataError, match=r'1\.png'):  # also where it is the first one asked for
        list(source.load([1], shrink))


def test_a_size_from_an_annotation_is_held_against_the_file(tmp_path):
    source = image_frames(tmp_path, [picture(0, SIZE)], 'rgb')
    told = ImageFrames(source.folder, source.names, 'rgb', (20, 30))
    assert told.size() == (20, 30)
    with pytest.raises(DataError, match='30x20 is what the annotation says'):
        list(told.load([0]))


def test_a_matte_of_another_size_is_named(tmp_path):
    pair = PairedFrames(
        image_frames(tmp_path / 'fgr', [picture(0, SIZE)], 'rgb'),
        image_frames(tmp_path / 'pha', [matte(9, (42, 68))], 'grey'),
    )
    with pytest.raises(DataError, match=r'pha/0\.png has 68x42 .*fgr/0\.png has 34x21'):
        list(pair.load([0]))


def test_missing_and_damaged_files_are_named(tmp_path):
    source = image_frames(tmp_path, [picture(0, SIZE)] * 3, 'rgb')
    (tmp_path / '1.png').unlink()
    (tmp_path / '2.png').write_bytes(b'')
    for number in (1, 2):
        with pytest.raises(MediaError, match=rf'{number}\.png'):
            list(source.load([number]))
    with pytest.raises(MediaError, match=r'0\.png has no alpha'):
        list(ImageFrames(source.folder, source.names, 'rgba').load([0]))


@pytest.fixture
def video(tmp_path):
    values = [20 * number for number in range(8)]
    return save_video(tmp_path / 'v.mp4', [picture(value, (32, 48)) for value in values]), values


@pytest.mark.parametrize('kind', ['rgb', 'grey'])
def test_frames_of_a_video(video, kind):
    path, values = video
    source = VideoFrames(str(path), 8, kind)
    assert len(source) == 8
    assert source.size() == (32, 48)
    for shrink in (1, 2):
        images = list(source.load([1, 4, 7], shrink))
        for number, image in zip((1, 4, 7), images, strict=True):
            rgb = picture(values[number], (32 // shrink, 48 // shrink))
            expected = rgb if kind == 'rgb' else cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
            assert image.shape[:2] == expected.shape[:2]
            assert np.abs(seen(source, image).astype(int) - expected).max() <= 6
    assert source.describe(3) == f'{path}, frame 3'
    assert list(source.files()) == [path]


def test_a_video_with_alpha(tmp_path):
    images = [np.dstack([picture(40 * n, (32, 48)), matte(60 * n, (32, 48))]) for n in range(4)]
    source = VideoFrames(str(save_video(tmp_path / 'v.mov', images)), 4, 'rgba')
    for number, image in zip((1, 3), source.load([1, 3]), strict=True):
        assert np.abs(image.astype(int) - images[number])[:, 4:20].max() <= 6
        assert np.abs(image[..., 3].astype(int) - images[number][..., 3]).max() <= 6


def test_a_video_is_probed_once_in_a_process(video, monkeypatch):
    calls = []
    monkeypatch.setattr(frames, 'probe', lambda path: calls.append(path) or probe(path))
    frames._video_index.cache_clear()
    for _ in range(3):
        source = pickle.loads(pickle.dumps(VideoFrames(str(video[0]), 8)))
        source.size()
        list(source.load([2]))
    assert len(calls) == 1


def test_a_known_size_needs_no_probe(video):
    frames._video_index.cache_clear()
    assert VideoFrames('nowhere.mp4', 8, 'rgb', (32, 48)).size() == (32, 48)
    with pytest.raises(MediaError, match=r'nowhere\.mp4'):
        VideoFrames('nowhere.mp4', 8).size()


def test_a_truncated_video_is_named(video):
    path, _ = video
    whole = VideoFrames(str(path), 8)
    frames._video_index.cache_clear()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(MediaError, match=r'v\.mp4'):
        list(whole.load([7]))
