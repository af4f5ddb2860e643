"""Steps by name, in their order."""

import pytest

from rvm.errors import ConfigError
from tests.test_datasets.clips import MattingClips, MemoryBackgrounds


def test_steps_run_in_the_order_of_their_names_however_the_dict_is_sorted():
    steps = {
        'pack': {'type': 'PackMatting'},
        'flip': {'type': 'Flip'},
        'blur': None,
        'crop': {'type': 'CropResize', 'size': 16},
    }
    dataset = MattingClips(pipeline=steps, backgrounds=MemoryBackgrounds())
    assert [type(step).__name__ for step in dataset.transforms] == [
        'CropResize', 'Flip', 'PackMatting',
    ]  # fmt: skip


def test_another_step_needs_a_place():
    steps = {
        'noise': {'type': 'Albumentations', 'transforms': [{'type': 'GaussNoise'}]},
        'pack': {'type': 'PackMatting'},
    }
    with pytest.raises(ConfigError, match=r'the place of noise .* order='):
        MattingClips(pipeline=steps)
    dataset = MattingClips(pipeline=steps, order=['noise', 'pack'])
    assert [type(step).__name__ for step in dataset.transforms] == ['Albumentations', 'PackMatting']


def test_a_pipeline_without_its_end_is_refused():
    with pytest.raises(ConfigError, match=r"has no 'pack'"):
        MattingClips(pipeline={'flip': {'type': 'Flip'}, 'pack': None})
    with pytest.raises(ConfigError, match='a list of steps has its order'):
        MattingClips(pipeline=[{'type': 'Flip'}], order=['flip'])
