from pathlib import Path

import pytest

from rvm.datasets.prepare import Encoding, execute, plan_backgrounds
from rvm.datasets.prepare.names import NameList
from rvm.errors import DataError
from rvm.io import read_image
from tests.test_datasets.footage import make_backgrounds, picture, save
from tests.test_datasets.test_prepare.raw import names, pack, put_junk, tree


@pytest.fixture
def stills(tmp_path):
    folder = make_backgrounds(tmp_path / 'in', 5)
    save(folder / 'sub' / 'wide.png', picture(90, (20, 80)))
    put_junk(folder, folder / 'sub')
    return folder


def test_every_third_goes_to_valid_and_subfolders_count(tmp_path, stills):
    plan = plan_backgrounds([stills], tmp_path / 'out', valid_every=3)
    execute(plan.actions, 2, quiet=True)
    assert names(tmp_path / 'out') == [
        'train/0.jpg',
        'train/1.jpg',
        'train/3.jpg',
        'train/4.jpg',
        'valid/2.jpg',
        'valid/wide.png',
    ]


def test_large_ones_are_reduced_and_all_are_jpeg(tmp_path, stills):
    encoding = Encoding(max_side=40)
    plan = plan_backgrounds([pack(stills, tmp_path / 'x.zip')], tmp_path / 'out', encoding=encoding)
    counts = execute(plan.actions, quiet=True).counts['train']
    assert (counts['unpacked'], counts['written']) == (5, 1)
    assert read_image(tmp_path / 'out' / 'train' / 'wide.jpg').shape == (10, 40, 3)
    assert tree(tmp_path / 'out')['train/3.jpg'] == tree(stills)['3.jpg']


def test_lists_choose_and_overlaps_are_compared(tmp_path, stills):
    train = NameList(Path('train.txt'), ('0.jpg', '1', '7.jpg'))
    valid = NameList(Path('valid.txt'), ('1.png',))
    plan = plan_backgrounds([stills], tmp_path / 'out', train=train, valid=valid)
    assert plan.faults == ['1 of 3 names of train.txt are not in the input: 7.jpg']
    assert plan.notes == [
        '1 names stand in both train.txt (train) and valid.txt (valid), equal: one file: 1'
    ]
    assert sorted(action.target.as_posix()[-11:] for action in plan.actions) == [
        'train/0.jpg',
        'train/1.jpg',
        'valid/1.jpg',
    ]


def test_broken_and_equally_named_images_are_named(tmp_path, stills):
    (stills / '1.jpg').write_bytes((stills / '1.jpg').read_bytes()[:-50])
    (stills / '2.jpg').write_text('<html>not found</html>')
    (stills / '3.jpg').write_bytes(b'')
    save(stills / 'sub' / '0.png', picture(3))
    plan = plan_backgrounds([stills], tmp_path / 'out')
    assert plan.faults == [
        f'{stills}/0.jpg and {stills}/sub/0.png have one name (0); rename one of them',
        f'{stills}/3.jpg is empty (0 bytes)',
    ]
    for dry_run in (True, False):
        outcome = execute(plan.actions, 2, dry_run=dry_run, quiet=True)
        assert [fault.split()[0] for fault in outcome.faults] == [
            f'{stills}/{n}.jpg' for n in (1, 2)
        ]
    assert names(tmp_path / 'out') == ['train/0.jpg', 'train/4.jpg', 'train/wide.png']


def test_a_folder_without_images_is_refused(tmp_path):
    (tmp_path / 'x').mkdir()
    (tmp_path / 'x' / 'a.txt').write_text('a')
    with pytest.raises(DataError, match='x holds no images'):
        plan_backgrounds([tmp_path / 'x'], tmp_path / 'out')
