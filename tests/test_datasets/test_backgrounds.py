import numpy as np
import pytest

from rvm.datasets.backgrounds import Backgrounds, StillBackgrounds, VideoBackgrounds
from rvm.datasets.frames import ImageFrames
from rvm.errors import ConfigError, DataError
from rvm.registry import DATASETS
from tests.test_datasets.footage import make_backgrounds, picture, save, save_video, touch


@pytest.fixture
def root(tmp_path):
    make_backgrounds(tmp_path / 'stills', 4)
    for frame in range(6):
        save(tmp_path / 'videos' / 'a' / f'{frame}.jpg', picture(10 * frame))
    save_video(tmp_path / 'videos' / 'b.mp4', [picture(10 * frame) for frame in range(9)])
    return tmp_path


def build(root, **options):
    return Backgrounds(
        stills={'type': 'StillBackgrounds', 'data_root': str(root), 'path': 'stills'},
        videos={'type': 'VideoBackgrounds', 'data_root': str(root), 'path': 'videos'},
        **options,
    )


def draws(backgrounds, count=400, num_frames=3, seed=0):
    rng = np.random.default_rng(seed)
    return [backgrounds.draw(rng, num_frames) for _ in range(count)]


def test_records(root):
    stills = StillBackgrounds(path=str(root / 'stills'))
    assert len(stills) == 4
    assert stills.get_data_info(2)['bgr'] == ImageFrames(str(root / 'stills'), ('2.jpg',))
    videos = VideoBackgrounds(path=str(root / 'videos'))
    lengths = {videos.get_data_info(i)['clip']: len(videos.get_data_info(i)['bgr']) for i in (0, 1)}
    assert lengths == {'a': 6, 'b': 9}
    assert len(build(root)) == 6


def test_is_registered(root):
    built = DATASETS.build(
        {'type': 'Backgrounds', 'stills': StillBackgrounds(path=str(root / 'stills'))}
    )
    assert len(built) == 4


def test_half_are_videos_and_each_of_a_kind_comes_as_often(root):
    names = [name for name, _, _ in draws(build(root), 2000)]
    shares = {name: names.count(name) / len(names) for name in set(names)}
    expected = {'a': 1 / 4, 'b': 1 / 4, **{f'{n}.jpg': 1 / 8 for n in range(4)}}
    assert shares.keys() == expected.keys()
    assert all(abs(shares[name] - expected[name]) < 0.035 for name in expected)


@pytest.mark.parametrize(('chance', 'kinds'), [(0.0, {'jpg'}), (1.0, {'a', 'b'})])
def test_the_chance_of_videos(root, chance, kinds):
    names = {name.split('.')[-1] for name, _, _ in draws(build(root, video_chance=chance), 50)}
    assert names == kinds


def test_a_clip_starts_anywhere_that_leaves_enough_frames(root):
    starts = {'a': set(), 'b': set()}
    for name, _, start in draws(build(root, video_chance=1.0), 600, num_frames=4):
        starts[name].add(start)
    assert starts == {'a': {0, 1}, 'b': set(range(5))}
    assert {start for _, _, start in draws(build(root), 200, num_frames=50)} == {0}


def test_one_kind_will_do(root):
    both = build(root)
    stills, videos = Backgrounds(stills=both.stills), Backgrounds(videos=both.videos)
    assert {name for name, _, _ in draws(stills, 50)} == {f'{n}.jpg' for n in range(4)}
    assert {name for name, _, _ in draws(videos, 50)} == {'a', 'b'}
    assert (len(stills), len(videos)) == (4, 2)
    with pytest.raises(ConfigError, match='needs stills or videos'):
        Backgrounds()
    with pytest.raises(ConfigError, match=r'video_chance must be in 0\.\.1, not 2'):
        build(root, video_chance=2)


def test_draws_are_a_function_of_the_generator(root):
    assert draws(build(root), 20, seed=5) == draws(build(root), 20, seed=5)
    assert draws(build(root), 20, seed=5) != draws(build(root), 20, seed=6)


def test_name_lists(root):
    assert len(StillBackgrounds(path=str(root / 'stills'), exclude=['0.jpg', '2'])) == 2
    assert len(VideoBackgrounds(path=str(root / 'videos'), names=['b.mp4'])) == 1


def test_empty_and_missing_folders_are_said(root):
    touch(root / 'empty', '.DS_Store', 'Thumbs.db', 'readme.txt')
    for source in (StillBackgrounds, VideoBackgrounds):
        with pytest.raises(DataError, match=f'empty holds no clip for {source.__name__}'):
            source(path=str(root / 'empty'))
        with pytest.raises(DataError, match=r'none does not exist .*None in the config'):
            source(path=str(root / 'none'))
    with pytest.raises(DataError, match='stills holds no clip for VideoBackgrounds'):
        VideoBackgrounds(path=str(root / 'stills'))
