"""Every data config in the tree builds, and its samples come out as SPEC section 4 says."""

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

from rvm.datasets import EpochSampler, clip_collate
from rvm.datasets.config import load_config, loaders, training_size
from rvm.datasets.mixed_dataset import flatten
from rvm.models import MattingDataPreprocessor
from rvm.registry import DATA_SAMPLERS, DATASETS
from tests.conftest import ROOT

FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / 'configs').rglob('*.py'))
ALL = [(file, place) for file in FILES for place, _ in loaders(Config.fromfile(ROOT / file))]
ALL = [case for case in ALL if case[1] != 'test_dataloader']  # those of tests/test_configs.py
# The segmentation passes are the same in every file.
CASES = [case for case in ALL if '.seg_' not in case[1] or case[0].endswith('segmentation.py')]
PASSES = {
    ('imagematte', 'mat_low'): (40, 512),
    ('imagematte', 'mat_high'): (6, 2048),
    ('videomatte_sd', 'mat_low'): (15, 512),
    ('videomatte_hd', 'mat_low'): (40, 512),
    ('videomatte_hd', 'mat_high'): (6, 2048),
    ('segmentation', 'seg_video'): (15, 512),
    ('segmentation', 'seg_image'): (1, 512),
}


def test_the_passes_are_found():
    places = {(file.split('/')[-1][:-3], place.split('.')[-1]) for file, place in CASES}
    assert set(PASSES) <= places
    assert len(CASES) >= 10
    for name in ('imagematte', 'videomatte_sd', 'videomatte_hd'):
        places = {place for file, place in ALL if file.endswith(f'{name}.py')}
        assert {'train_dataloader.seg_video', 'train_dataloader.seg_image'} <= places


def _loader(file, place, root):
    return dict(loaders(load_config(ROOT / file, str(root))))[place]


@pytest.mark.parametrize(('file', 'place'), CASES)
def test_a_loader_gives_batches(file, place, demo_root):
    loader = _loader(file, place, demo_root)
    side = training_size(loader)
    name = (file.split('/')[-1][:-3], place.split('.')[-1])
    loader['dataset'].pop('min_size', None)  # the demo footage is small
    dataset = DATASETS.build(loader['dataset'])
    if name in PASSES:
        frames = max(getattr(leaf, 'num_frames', 1) for _, leaf in flatten(dataset))
        assert (frames, side) == PASSES[name]
    for _, leaf in flatten(dataset):
        if hasattr(leaf, 'num_frames'):
            leaf.num_frames = min(leaf.num_frames, 2)
    sampler = DATA_SAMPLERS.build({**loader['sampler'], 'dataset': dataset, 'seed': 0})
    assert isinstance(sampler, EpochSampler)
    count = min(loader['batch_size'], 2)
    keys = list(sampler)[:count]
    if 'batch_sampler' in loader:
        options = {**loader['batch_sampler'], 'sampler': sampler, 'batch_size': count}
        keys = next(iter(DATA_SAMPLERS.build(options)))
        assert side // 2 <= min(keys[0].crop) <= max(keys[0].crop) < side
    assert loader['collate_fn'] == {'type': 'rvm.clip_collate'}
    batch = MattingDataPreprocessor()(clip_collate([dataset[key] for key in keys]))
    height, width = keys[0].crop or (side, side)
    time = min(PASSES.get(name, (2, 0))[0], 2)
    keys = (
        ('src', 'seg') if place.split('.')[-1].startswith('seg') else ('src', 'fgr', 'pha', 'bgr')
    )
    for key in keys:
        channels = 1 if key in ('pha', 'seg') else 3
        assert batch[key].shape == (count, time, channels, height, width)
        assert batch[key].min() >= 0
        assert batch[key].max() <= 1
        assert torch.isfinite(batch[key]).all()
        assert batch[key].std() > 0.01, key


@pytest.mark.parametrize('file', [file for file, _ in CASES])
def test_the_root_comes_from_the_environment_and_from_the_command_line(file, monkeypatch):
    monkeypatch.setenv('RVM_DATA_ROOT', '/somewhere')
    config = Config.fromfile(ROOT / file)
    assert config.data_root == '/somewhere'
    assert '/somewhere' in config.pretty_text
    changed = load_config(ROOT / file, 'elsewhere')
    assert '/somewhere' not in changed.pretty_text


def test_matting_passes_differ_where_the_paper_says():
    chances = {
        'videomatte_sd': (0.3, 0.1, 0.02, 0.1),
        'videomatte_hd': (0.3, 0.1, 0.02, 0.1),
        'imagematte': (0.95, 0.05, 0.03, 0.05),
    }
    for name, expected in chances.items():
        config = Config.fromfile(ROOT / f'configs/_base_/datasets/{name}.py')
        for loader in (value for key, value in config.train_dataloader.items() if 'mat' in key):
            steps = loader.dataset.pipeline
            found = (
                steps.motion.fgr,
                steps.grain.prob,
                steps.greyscale.prob,
                steps.sharpness.prob,
            )
            assert found == expected
            assert (steps.motion.bgr, steps.motion.both, steps.flip.prob) == (0.15, 0.15, 0.5)
            assert (steps.color.prob, steps.pause.prob) == (0.3, 0.03)
            assert (steps.blur.fgr, steps.blur.bgr, steps.blur.both) == (0.0067,) * 3
            assert steps.pose.scale == {'fgr': (0.5, 1), 'bgr': (1, 1.5)}
            order = 'frames fit motion pose crop flip grain color greyscale sharpness blur pause'
            assert list(steps) == [*order.split(), 'pack']


@pytest.mark.parametrize('file', sorted({file for file, _ in CASES}))
def test_a_config_that_was_written_to_a_file_runs_the_same_steps(file, tmp_path, demo_root):
    """mmengine sorts keys where it writes a config, as its Runner does into the work folder."""
    config = load_config(ROOT / file, str(demo_root))
    config.dump(tmp_path / 'dumped.py')
    dumped = Config.fromfile(tmp_path / 'dumped.py')
    before, after = dict(loaders(config)), dict(loaders(dumped))
    for place in before:
        if place.endswith(('mat_low', 'seg_video')):
            steps = [
                [type(step).__name__ for step in DATASETS.build(loader['dataset']).transforms]
                for loader in (before[place], after[place])
            ]
            assert steps[0] == steps[1]
            assert len(steps[0]) > 5


def test_the_runner_of_mmengine_builds_the_loaders(demo_root):
    loader = _loader(
        'configs/_base_/datasets/segmentation.py', 'train_dataloader.seg_video', demo_root
    )
    loader = {**loader, 'num_workers': 0, 'persistent_workers': False}
    with DefaultScope.overwrite_default_scope('rvm'):
        built = Runner.build_dataloader(loader, seed=3)
    assert built.collate_fn.func is clip_collate
    batch = next(iter(built))
    assert batch['src_seg'].shape == (1, 15, 4, 512, 512)
    assert built.batch_sampler.sampler.seed == 3
