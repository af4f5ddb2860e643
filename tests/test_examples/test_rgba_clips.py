"""The plugin of examples/: out of the tree, found by `custom_imports`."""

import sys

import cv2
import numpy as np
import pytest
from mmengine.config import Config

from rvm.datasets.checks import check_dataset
from rvm.errors import DataError, MediaError
from rvm.registry import DATASETS
from tests.conftest import ROOT
from tests.test_datasets.footage import make_backgrounds, matte, picture, save, save_video

EXAMPLE = ROOT / 'examples' / 'rgba_clips'
SIZE = (32, 48)
PLAIN = {
    'frames': {'type': 'SampleFrames'},
    'crop': {'type': 'CropResize', 'size': 16, 'ratio': (1, 1), 'centre': True},
    'pack': {'type': 'PackMatting'},
}


@pytest.fixture
def plugin(monkeypatch):
    """The module, imported as a user's config imports it; forgotten afterwards."""
    monkeypatch.syspath_prepend(EXAMPLE)
    import rgba_clips

    yield rgba_clips
    sys.modules.pop('rgba_clips')
    DATASETS.module_dict.pop('RGBAClips')


def frames(count, premultiplied=False):
    images = [np.dstack([picture(30 * n, SIZE), matte(50 * n + 50, SIZE)]) for n in range(count)]
    if not premultiplied:
        return images
    for image in images:
        image[..., :3] = np.rint(image[..., :3] * (image[..., 3:] / 255.0))
    return images


@pytest.fixture
def root(tmp_path):
    """Clips of the three kinds, 4, 3 and 2 frames, and backgrounds."""
    for folder, premultiplied in (('straight', False), ('premultiplied', True)):
        save_video(tmp_path / folder / 'a.mov', frames(4, premultiplied))
        save_video(tmp_path / folder / 'b.webm', frames(3, premultiplied), crf=4)
        for number, image in enumerate(frames(2, premultiplied)):
            save(tmp_path / folder / 'c' / f'{number}.png', image)
    make_backgrounds(tmp_path / 'Backgrounds' / 'train')
    return tmp_path


def build(plugin, root, path='straight', **options):
    stills = {'type': 'StillBackgrounds', 'data_root': str(root), 'path': 'Backgrounds/train'}
    options = {'num_frames': 2, 'pipeline': PLAIN, **options}
    backgrounds = {'type': 'Backgrounds', 'stills': stills}
    return plugin.RGBAClips(data_root=str(root), path=path, backgrounds=backgrounds, **options)


@pytest.mark.parametrize('premultiplied', [False, True])
def test_passes_the_shared_tests(plugin, root, premultiplied):
    path = 'premultiplied' if premultiplied else 'straight'
    check_dataset(build(plugin, root, path, premultiplied=premultiplied))


def test_clips_of_all_kinds_are_listed(plugin, root):
    dataset = build(plugin, root)
    assert dataset.clip_lengths.tolist() == [4, 3, 2]
    assert [dataset.get_data_info(n)['clip'] for n in range(3)] == ['a', 'b', 'c']


@pytest.mark.parametrize('path', ['straight', 'premultiplied'])
@pytest.mark.parametrize('clip', [0, 1, 2])
def test_colours_are_straight(plugin, root, path, clip):
    dataset = build(plugin, root, path, premultiplied=path == 'premultiplied')
    source = dataset.get_data_info(clip)['fgr']
    assert source.size() == SIZE
    (image,) = source.load([1])
    expected = frames(2)[1]
    inside = np.s_[4:-4, 4:20]
    # 8-bit codecs, and at alpha 100 of 255 every step of the stored colour counts 2.55 fold
    error = np.abs(image.astype(int) - expected)[inside].max(axis=(0, 1))
    assert (error <= (2 if clip == 2 else 12)).all(), error
    assert np.abs(image[..., 3].astype(int) - expected[..., 3])[:, 4:20].max() <= 6


def test_division_is_exact_and_gives_the_edge_its_colour(plugin):
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (16, 16, 3), np.uint8)
    alpha = rng.integers(1, 256, (16, 16), np.uint8)
    stored = np.rint(colours * (alpha[..., None] / 255)).astype(np.uint8)
    straight = plugin.straight_colours(np.dstack([stored, alpha]))
    bound = np.ceil(127.5 / alpha)[..., None] + 1  # half a step of what is stored
    assert (np.abs(straight[..., :3].astype(int) - colours) <= bound).all()
    assert np.array_equal(straight[..., 3], alpha)
    edge = np.zeros((8, 12, 4), np.uint8)
    edge[:, :6] = 200, 100, 50, 255
    straight = plugin.straight_colours(edge)
    assert (straight[:, :8, :3] == (200, 100, 50)).all()  # two pixels beyond the edge
    assert (straight[:, 8:, :3] == 0).all()
    assert np.array_equal(straight[..., 3], edge[..., 3])
    half = cv2.resize(straight, (6, 4), interpolation=cv2.INTER_LINEAR)
    assert (half[:, :4, :3] == (200, 100, 50)).all()


def test_a_clip_without_alpha_is_named(plugin, root):
    save_video(root / 'straight' / 'd.mp4', [image[..., :3].copy() for image in frames(2)])
    with pytest.raises(MediaError, match=r'd\.mp4'):
        build(plugin, root, names=['d'])[0]


def test_footage_that_is_too_small_is_named(plugin, root):
    with pytest.raises(DataError, match=r'3 of 3 clips is under 33 .*a \(48x32\)'):
        build(plugin, root, min_size=33)


def test_the_config_builds(root, monkeypatch):
    """By `custom_imports`, on the library's base config, with its pipeline."""
    (root / 'premultiplied').rename(root / 'train')
    (root / 'RGBAClips').mkdir()
    (root / 'train').rename(root / 'RGBAClips' / 'train')
    save(root / 'BackgroundVideos' / 'train' / 'x' / '0.jpg', picture(9, SIZE))
    monkeypatch.setenv('RVM_DATA_ROOT', str(root))
    monkeypatch.syspath_prepend(EXAMPLE)
    try:
        config = Config.fromfile(EXAMPLE / 'config.py').train_dataloader.mat_low.dataset
        config.update(num_frames=2, min_size=None)
        config.pipeline.fit.size = config.pipeline.crop.size = 32
        dataset = DATASETS.build(config)
        assert type(dataset).__name__ == 'RGBAClips'
        assert dataset.premultiplied
        check_dataset(dataset, samples=2)
    finally:
        sys.modules.pop('rgba_clips', None)
        DATASETS.module_dict.pop('RGBAClips', None)
