import pytest

from rvm.errors import DataError, MediaError
from rvm.evaluation.folders.image_stream import ImageStream
from rvm.evaluation.folders.set_listing import find_clips, find_kind, open_stream
from rvm.evaluation.folders.video_stream import VideoStream
from tests.test_evaluation.test_folders.sets import make_set, matte, save
from tests.test_io.media_factory import write_video


@pytest.fixture
def root(tmp_path):
    return make_set(tmp_path / 'outer/set', clips={'b/10': 1, 'b/2': 1, 'a/x': 1}, kinds=['pha'])


def test_clips_come_in_natural_order(root):
    (root / 'b/3').mkdir()
    (root / 'empty').mkdir()
    found = find_clips(root)
    assert list(found) == ['a/x', 'b/2', 'b/3', 'b/10']
    assert found['b/10'] == root / 'b/10'


@pytest.mark.parametrize(
    ('place', 'words'),
    [
        ('nowhere', ['does not exist', '<dataset>/<clip>/pha']),
        ('a/x/pha/0.png', ['is a file', '<dataset>/<clip>/pha']),
        ('a/x/pha', ['holds images (0.png)', 'where <dataset>/<clip>/pha is expected']),
        ('a/x', ['holds pha', 'it is a clip; give the folder of the set, {root}']),
        ('a', ['holds x/pha', 'it is a data set; give the folder of the set, {root}']),
        ('..', ['holds set/a/x/pha', 'give {root}']),
        ('../..', ['holds outer/set/a/x/pha', 'give {root}']),
        ('void', ['holds nothing', 'no <dataset>/<clip>/pha']),
        ('other', ['holds folders (f)', 'no <dataset>/<clip>/pha']),
    ],
)
def test_a_folder_of_another_level_is_refused_with_the_right_one(root, place, words):
    (root / 'void').mkdir()
    (root / 'other/f/g').mkdir(parents=True)
    folder = (root / place).resolve()
    with pytest.raises(DataError) as caught:
        find_clips(folder)
    message = str(caught.value)
    assert message.startswith(str(folder))
    assert '\n' not in message
    for word in words:
        assert word.format(root=root) in message


def test_a_set_of_videos_has_a_level_too(tmp_path):
    (tmp_path / 'set/a/x').mkdir(parents=True)
    write_video(tmp_path / 'set/a/x/pha.mp4', 2)
    assert list(find_clips(tmp_path / 'set')) == ['a/x']
    with pytest.raises(DataError, match=r'holds x/pha.mp4 where .* give the folder of the set'):
        find_clips(tmp_path / 'set/a')


def test_a_kind_is_a_folder_or_a_video(root):
    clip = root / 'a/x'
    (clip / 'pha.txt').write_text('x')
    (clip / 'fgr.mov').mkdir()
    (clip / 'com.png').write_bytes(b'')
    assert [find_kind(clip, kind) for kind in ('pha', 'fgr', 'com')] == [[clip / 'pha'], [], []]
    write_video(clip / 'pha.MP4', 2, container_format='mp4')
    assert find_kind(clip, 'pha') == [clip / 'pha', clip / 'pha.MP4']


def test_streams_are_images_or_videos(root):
    clip = root / 'a/x'
    save(clip / 'pha/10.jpg', matte(0))
    save(clip / 'pha/9.png', matte(0))
    stream = open_stream([clip / 'pha'])
    assert stream == ImageStream(clip / 'pha', ('0.png', '9.png', '10.jpg'))
    video = open_stream([write_video(clip / 'fgr.mp4', 3)])
    assert isinstance(video, VideoStream)
    assert len(video) == 3


def test_sources_that_cannot_be_used(root):
    clip = root / 'a/x'
    with pytest.raises(DataError, match=r'pha and pha.mp4 are both there'):
        open_stream([clip / 'pha', clip / 'pha.mp4'])
    (clip / 'fgr').mkdir()
    with pytest.raises(DataError, match='fgr holds no images'):
        open_stream([clip / 'fgr'])
    save(clip / 'pha/0.jpg', matte(0))
    with pytest.raises(DataError, match=r'pha holds 0.jpg and 0.png'):
        open_stream([clip / 'pha'])
    (clip / 'com.mp4').write_bytes(b'none')
    with pytest.raises(MediaError, match=r'com\.mp4'):
        open_stream([clip / 'com.mp4'])
