import re

import cv2
import numpy as np
import pytest

from rvm.datasets import RecordDataset
from rvm.datasets.inspect import CHECKERS, check_configs, checks, fault, selected
from rvm.datasets.inspect.checkers import checker_of
from rvm.datasets.video_matte import VideoMatteDataset
from rvm.registry import DATASETS
from tests.conftest import ROOT

THERE = ['a', 'b', 'c.jpg']


def select(tmp_path, **options):
    dataset = RecordDataset(data_root=str(tmp_path), lazy_init=True, **options)
    kept, faults = selected(dataset, THERE, tmp_path)
    return sorted(kept), [(one.kind, one.severity) for one in faults], faults


def test_names_and_exclude(tmp_path):
    (tmp_path / 'list.txt').write_text('a\n\n# a comment\nc.png\n')
    assert select(tmp_path)[:2] == (THERE, [])
    assert select(tmp_path, names='list.txt')[:2] == (['a', 'c.jpg'], [])
    assert select(tmp_path, names='list.txt', exclude=['a'])[:2] == (['c.jpg'], [])


@pytest.mark.parametrize(
    ('content', 'kept', 'faults'),
    [
        ('a\nz\n', ['a'], [('names', 'fault')]),
        ('a\na.jpg\n', ['a'], [('names-twice', 'warning')]),
        ('z\n', [], [('names', 'fault'), ('nothing', 'fault')]),
        ('# nothing\n', [], [('names', 'fault'), ('nothing', 'fault')]),
    ],
)
def test_faults_of_lists(tmp_path, content, kept, faults):
    (tmp_path / 'list.txt').write_text(content)
    found = select(tmp_path, names='list.txt')
    assert found[:2] == (kept, faults)
    assert found[2][0].path == str(tmp_path / 'list.txt')


def test_a_list_that_is_not_there_or_no_text(tmp_path):
    assert select(tmp_path, names='gone.txt')[:2] == (THERE, [('names', 'fault')])
    (tmp_path / 'list.txt').write_bytes(b'\xff\xfe\x00')
    assert select(tmp_path, exclude='list.txt')[:2] == (THERE, [('names', 'fault')])


def test_nothing_to_select(tmp_path):
    dataset = RecordDataset(data_root=str(tmp_path), lazy_init=True)
    kept, (found,) = selected(dataset, [], tmp_path)
    assert (kept, found.kind) == (set(), 'nothing')


def test_a_plugin_brings_its_own_checker_or_inherits_one():
    class Plugin(VideoMatteDataset):
        pass

    class Plain(RecordDataset):
        pass

    assert checker_of(Plugin) is CHECKERS[VideoMatteDataset]
    assert checker_of(Plain) is CHECKERS[RecordDataset]
    assert checker_of(dict) is None
    try:

        @checks(Plugin)
        def check_plugin(dataset):
            yield fault('odd', dataset.folder, 'is odd')

        assert checker_of(Plugin) is check_plugin
    finally:
        CHECKERS.pop(Plugin)


def test_the_checker_of_the_docs_works(tmp_path):
    page = (ROOT / 'docs' / 'check_data.md').read_text(encoding='utf-8')
    (code,) = re.findall(r'```python\n(.*?)```', page, re.DOTALL)
    names: dict = {}
    try:
        exec(code, names)
        config = {'type': 'Cutouts', 'data_root': str(tmp_path), 'path': 'cut', 'exclude': ['b']}
        configs = {'c': {'val_dataloader': {'dataset': config}}}
        assert [one.kind for one in faults_of(configs)] == ['missing']
        (tmp_path / 'cut').mkdir()
        for name in 'ab':
            cv2.imwrite(str(tmp_path / 'cut' / f'{name}.png'), np.zeros((8, 8, 4), np.uint8))
        assert [(one.kind, one.path) for one in faults_of(configs)] == [
            ('constant', f'{tmp_path}/cut/a.png')
        ]
    finally:
        DATASETS.module_dict.pop('Cutouts', None)
        CHECKERS.pop(names.get('Cutouts'), None)


def faults_of(configs):
    return check_configs(configs, progress=False).sections[0].faults


def test_every_kind_is_in_the_docs():
    page = (ROOT / 'docs' / 'check_data.md').read_text(encoding='utf-8')
    code = ''.join(
        path.read_text(encoding='utf-8')
        for path in (ROOT / 'rvm' / 'datasets' / 'inspect').glob('*.py')
    )
    pattern = r"(?:fault|warning|Fault|from_error|_warn|self\._add)\((?:found, )?'([a-z-]+)'"
    kinds = set(re.findall(pattern, code))
    assert len(kinds) > 20
    assert {kind for kind in kinds if f'`{kind}`' not in page} == set()
