"""What docs/datasets.md shows works."""

import re
import sys

import pytest
from mmengine.config import Config

from rvm.datasets import MixedDataset
from rvm.registry import DATASETS
from tests.conftest import ROOT
from tests.test_datasets.footage import (
    frame_value,
    make_backgrounds,
    make_matte_clips,
    matte,
    picture,
    save,
)

PAGE = (ROOT / 'docs' / 'datasets.md').read_text(encoding='utf-8')
SNIPPETS = re.findall(r'```python\n(.*?)```', PAGE, re.DOTALL)


SMALL = """
_base_ = 'full.py'
train_dataloader = dict(
    mat_low=dict(
        dataset=dict(num_frames=3, pipeline=dict(fit=dict(size=16), crop=dict(size=16))),
    ),
)
"""
"""The pictures of the tests have 24 lines."""


def snippet(part):
    (found,) = [text for text in SNIPPETS if part in text]
    return found.replace("'configs/", f"'{ROOT}/configs/")


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A data root that is the current folder, too."""
    data = tmp_path / 'data'
    make_matte_clips(
        data / 'VideoMatte240K_JPEG_SD/train', {'0001': 4, '0002': 2, '0003': 3, '0004': 1}
    )
    make_matte_clips(tmp_path / 'images', {'a': 3})
    for kind in ('fgr', 'pha'):
        (data / 'ImageMatte/train').mkdir(parents=True, exist_ok=True)
        (tmp_path / 'images' / kind / 'a').rename(data / 'ImageMatte/train' / kind)
    make_backgrounds(data / 'Backgrounds/train')
    for frame in range(3):
        save(data / 'BackgroundVideos/train/v' / f'{frame}.jpg', picture(50 * frame))
        save(data / 'MyClips/one' / f'{frame}_rgb.png', picture(frame_value(0, frame)))
        save(data / 'MyClips/one' / f'{frame}_alpha.png', matte(frame_value(0, frame)))
    (data / 'lists').mkdir()
    (data / 'lists/good.txt').write_text('0001\n0002\n0003\n')
    monkeypatch.setenv('RVM_DATA_ROOT', str(data))
    monkeypatch.chdir(data)
    return data


def write_config(root, text):
    """Write config.py, which is `text` for small pictures; return its data set."""
    (root / 'full.py').write_text(text, encoding='utf-8')
    (root / 'config.py').write_text(SMALL, encoding='utf-8')
    return Config.fromfile(root / 'config.py').train_dataloader.mat_low.dataset


def test_every_snippet_is_run():
    assert len(SNIPPETS) == 7


def test_options(root):
    dataset = DATASETS.build(write_config(root, snippet('lists/good.txt')))
    clips = [dataset.get_data_info(number)['clip'] for number in range(2)]
    assert clips == ['0001', '0002']
    assert len(dataset.clip_lengths) == 2
    assert dataset.backgrounds.videos is None
    names = [type(step).__name__ for step in dataset.transforms]
    assert 'Pause' not in names
    assert 'MotionAffine' in names
    assert dataset[0]['fgr_pha'].shape == (3, 4, 16, 16)


def test_a_mixture(root):
    (root / 'config.py').write_text(snippet('MixedDataset'), encoding='utf-8')
    config = Config.fromfile(root / 'config.py').train_dataloader.mat_low.dataset
    for source in config.sources.values():
        source.num_frames = 3
        source.pipeline.fit.size = source.pipeline.crop.size = 16
    dataset = DATASETS.build(config)
    assert isinstance(dataset, MixedDataset)
    clips = [dataset[index]['clip'] for index in range(len(dataset))]
    assert len(clips) == 5 + 4
    assert dict(zip(dataset.sources, dataset.weights, strict=True)) == {
        'videos': 0.75,
        'images': 0.25,
    }


def test_a_sample(root):
    write_config(root, snippet('lists/good.txt'))
    names: dict = {}
    exec(snippet('epoch=4'), names)
    assert names['foreground'].shape == (3, 3, 16, 16)
    assert names['alpha'].shape == (3, 1, 16, 16)
    assert names['background'].shape == (3, 3, 16, 16)


def test_evaluation_clips(root, capsys):
    for frame in range(12):
        for kind, image in (('com', picture(frame)), ('pha', matte(frame))):
            save(root / 'videomatte_512x288/static/0000' / kind / f'{frame:04}.png', image)
    exec(snippet('iter_chunks'), {})
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("static/0000 ['0000', '0001'")
    assert 'torch.Size([2, 3, 24, 32]) torch.Size([2, 1, 24, 32])' in second


def test_a_plugin(root, monkeypatch):
    (root / 'my_clips.py').write_text(snippet('class MyClips'), encoding='utf-8')
    monkeypatch.syspath_prepend(root)
    try:
        config = write_config(root, snippet("imports=['my_clips']"))
        names: dict = {}
        exec(snippet('def test_my_clips'), names)
        names['test_my_clips']()
        dataset = DATASETS.build(config)
        assert dataset.clip_lengths.tolist() == [3]
    finally:
        sys.modules.pop('my_clips', None)
        DATASETS.module_dict.pop('MyClips', None)
