import re

import pytest
from torch.utils.data import Dataset

from rvm.datasets.inspect.sources import find_sources
from rvm.registry import DATASETS
from tests.test_datasets.test_inspect.roots import backgrounds, make_config, source


def test_a_source_is_found_once_with_all_of_its_uses(clean_root):
    sources = find_sources({'a': make_config(clean_root), 'b': make_config(clean_root)})
    names = [one.name for one in sources]
    assert len(set(names)) == len(names) == 13
    assert all(one.fault is None and one.checker is not None for one in sources)
    stills = next(one for one in sources if one.name.endswith('Backgrounds/train'))
    places = [use.place for use in stills.uses]
    assert 'a: train_dataloader.mat.dataset.backgrounds.stills' in places
    assert 'b: train_dataloader.mp4.dataset.backgrounds.stills' in places
    assert all(use.is_background and use.split == 'training' for use in stills.uses)
    assert {(use.num_frames, use.size) for use in stills.uses} == {(3, 32)}
    splits = {one.name.split()[0]: one.uses[0].split for one in sources}
    assert splits['EvaluationClips'] == 'test'


def test_what_differs_in_files_is_another_source(tmp_path):
    plain = source('VideoMatteDataset', tmp_path, 'x')
    config = {
        'train_dataloader': {
            'low': {'dataset': plain},
            'high': {'dataset': {**plain, 'num_frames': 9, 'pipeline': {}, 'min_size': 9}},
            'some': {'dataset': {**plain, 'names': ['a']}},
        }
    }
    assert [len(one.uses) for one in find_sources({'c': config})] == [2, 1]


def test_wrappers_of_any_kind_are_looked_into(tmp_path):
    inner = source('StillBackgrounds', tmp_path, 'x')
    wrapped = {'type': 'RepeatDataset', 'times': 2, 'dataset': inner}
    both = {
        'type': 'ConcatDataset',
        'datasets': [wrapped, source('VideoBackgrounds', tmp_path, 'y')],
    }
    found = find_sources({'c': {'val_dataloader': {'dataset': both}}})
    assert [one.uses[0].place for one in found] == [
        'val_dataloader.dataset.datasets.0.dataset',
        'val_dataloader.dataset.datasets.1',
    ]


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'type': 'EvaluationClips', 'max_frames': 0}, 'max_frames must be 1 or more'),
        ({'type': 'NoSuch'}, 'NoSuch .*x is no data set that is registered'),
        ({'itmes': 'clip'}, "cannot be built: .*'itmes'"),
    ],
)
def test_sources_that_cannot_be_built(tmp_path, change, message):
    kind = change.get('type', 'VideoMatteDataset')
    config = {**source(kind, tmp_path, 'x'), **change}
    (found,) = find_sources({'c': {'val_dataloader': {'dataset': config}}})
    assert (found.fault.kind, found.dataset) == ('config', None)
    assert re.search(message, found.fault.text)


def test_backgrounds_without_any_and_data_sets_without_a_checker(tmp_path):
    @DATASETS.register_module(name='Unchecked')
    class Unchecked(Dataset):
        pass

    try:
        nothing = {**backgrounds(tmp_path, 'x'), 'stills': None, 'videos': None}
        config = {
            'val_dataloader': {'dataset': source('VideoMatteDataset', tmp_path, 'x')},
            'test_dataloader': [{'dataset': {'type': 'Unchecked'}}],
        }
        config['val_dataloader']['dataset']['backgrounds'] = nothing
        matte, empty, unchecked = find_sources({'c': config})
        assert matte.fault is None
        assert 'both are None' in empty.fault.text
        assert (unchecked.fault.kind, unchecked.fault.severity) == ('unchecked', 'warning')
    finally:
        DATASETS.module_dict.pop('Unchecked')
