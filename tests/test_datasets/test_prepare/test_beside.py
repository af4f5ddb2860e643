import pytest

from rvm.datasets.prepare.archives import DiskFile
from rvm.datasets.prepare.beside import check_splits, keep_in_place, strangers
from rvm.datasets.prepare.plan import PlaceFile, Plan


def file(path, data=b'12345'):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def plan_of(tmp_path, *names, splits=('train', 'valid')):
    plan = Plan(splits=splits)
    source = DiskFile(file(tmp_path / 'in'), 5)
    for name in names:
        plan.add(PlaceFile('x', tmp_path / 'out' / name, source, 'copy'))
    return plan


def test_strangers_are_found(tmp_path):
    plan = plan_of(tmp_path, 'a')
    assert strangers(plan.actions) == []
    plan.actions[0].make()
    file(tmp_path / 'out' / 'b')
    file(tmp_path / 'out' / '.hidden')
    assert strangers(plan.actions) == [tmp_path / 'out' / 'b']


def test_folders_above_an_output_are_no_strangers(tmp_path):
    plan = plan_of(tmp_path, 'train/frames/a', 'train/list.json', 'top.json')
    for action in plan.actions:
        action.make()
    assert strangers(plan.actions) == []
    file(tmp_path / 'out' / 'train' / 'other' / 'a')
    assert strangers(plan.actions) == [tmp_path / 'out' / 'train' / 'other']


@pytest.mark.parametrize('standing', ['valid/fgr/a.jpg', 'valid/fgr/A.png'])
def test_what_stands_in_another_split_is_a_fault_and_left_out(tmp_path, standing):
    found = file(tmp_path / 'out' / standing)
    plan = plan_of(tmp_path, 'train/fgr/a.jpg', 'train/fgr/b.jpg')
    check_splits(plan, tmp_path / 'out')
    (fault,) = plan.faults
    assert fault.startswith(f'{found} would also become {tmp_path}/out/train/fgr/a.jpg')
    assert [action.target.name for action in plan.actions] == ['b.jpg']


def test_what_is_planned_for_both_splits_stays_and_other_folders_do_not_count(tmp_path):
    names = ('train/fgr/a.jpg', 'valid/fgr/a.jpg')
    for name in (*names, 'test/fgr/a.jpg', 'valid/pha/a.jpg'):
        file(tmp_path / 'out' / name)
    plan = plan_of(tmp_path, *names)
    check_splits(plan, tmp_path / 'out')
    assert (plan.faults, len(plan.actions)) == ([], 2)
    plan = plan_of(tmp_path, names[0], splits=())
    check_splits(plan, tmp_path / 'out')
    assert plan.faults == []


def test_nothing_is_put_into_the_input(tmp_path):
    plan = plan_of(tmp_path, 'a', 'b', 'c')
    file(tmp_path / 'out' / 'a')
    file(tmp_path / 'out' / 'b', b'else')  # said when it is looked at
    keep_in_place(plan, tmp_path / 'out')
    assert [action.target.name for action in plan.actions] == ['a', 'b']
    (fault,) = plan.faults
    assert f'1 outputs are not in it, {tmp_path}/out/c the first' in fault
    assert plan.in_place
