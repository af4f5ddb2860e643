import os
from pathlib import Path

import pytest

from rvm.datasets.prepare import execute, plan_imagematte, read_list
from rvm.datasets.prepare.names import NameList
from rvm.errors import DataError
from tests.test_datasets.footage import matte, picture, save
from tests.test_datasets.test_prepare.raw import names, pack, pairs, put_junk, tree

PUBLISHED = os.environ.get('RVM_SPLITS')


def listed(path: str, *names: str) -> NameList:
    return NameList(Path(path), names)


TRAIN = listed('train.txt', 'h_1.jpg', 'boy-1.jpg', 'test_32.jpg', 'woman (1).jpg')
VALID = listed('valid.txt', 'h_2.jpg', 'boy-1.jpg')
TEST = listed('d646_test.txt', 'test_32.png')


def folders(root: Path) -> dict:
    """D646 with equal suffixes, Adobe with PNG alphas; both hold more than the lists name."""
    d646 = {f'{name}.jpg': f'{name}.jpg' for name in ('h_1', 'h_2', 'h_3', 'test_32')}
    adobe = {'boy-1.jpg': 'boy-1.png', 'dog.jpg': 'dog.png', 'woman (1).jpg': 'woman (1).png'}
    found = {'D646': [pairs(root / 'D646', d646)], 'Adobe': [pairs(root / 'AIM', adobe, 100)]}
    put_junk(root / 'D646' / 'FG', root / 'AIM' / 'GT')
    return found


@pytest.mark.parametrize('packed', [False, True])
def test_lists_merge_both(tmp_path, packed):
    given = folders(tmp_path)
    if packed:
        archive = pack(tmp_path / 'AIM', tmp_path / 'x.zip', 'Training_set')
        given['Adobe'] = [(archive / 'Training_set' / 'FG', archive / 'Training_set' / 'GT')]
    plan = plan_imagematte(given, tmp_path / 'out', train=TRAIN, valid=VALID, test=[TEST])
    assert plan.faults == []
    assert plan.notes == [
        '1 names stand in both train.txt (train) and valid.txt (valid), contents equal: one file: '
        'boy-1.jpg',
        '1 names stand in both train.txt (train) and d646_test.txt (test), contents equal: one '
        'file: test_32.jpg',
    ]
    assert execute(plan.actions, 2, quiet=True).faults == []
    assert names(tmp_path / 'out') == sorted(
        [
            'train/fgr/boy-1.jpg',
            'train/fgr/h_1.jpg',
            'train/fgr/test_32.jpg',
            'train/fgr/woman (1).jpg',
            'train/pha/boy-1.png',
            'train/pha/h_1.jpg',
            'train/pha/test_32.jpg',
            'train/pha/woman (1).png',
            'valid/fgr/boy-1.jpg',
            'valid/fgr/h_2.jpg',
            'valid/pha/boy-1.png',
            'valid/pha/h_2.jpg',
        ]
    )
    source, target = tmp_path / 'AIM' / 'GT', tmp_path / 'out' / 'train' / 'pha'
    assert tree(target)['woman (1).png'] == tree(source)['woman (1).png']


def test_test_images_are_compared_where_they_are(tmp_path):
    given = folders(tmp_path)
    save(tmp_path / 'test' / 'test_32.png', picture(200))
    plan = plan_imagematte(
        given, tmp_path / 'out', train=TRAIN, test=[TEST], test_folders=[tmp_path / 'test']
    )
    (note,) = plan.notes
    assert 'contents different (by ' in note
    (tmp_path / 'test' / 'test_32.png').write_bytes(
        (tmp_path / 'D646' / 'FG' / 'test_32.jpg').read_bytes()
    )
    plan = plan_imagematte(
        given, tmp_path / 'out', train=TRAIN, test=[TEST], test_folders=[tmp_path / 'test']
    )
    assert plan.notes[0].endswith('contents equal: test_32.jpg')
    (tmp_path / 'test' / 'test_32.png').unlink()
    save(tmp_path / 'test' / 'test_32.jpg', picture(200))  # not the one that training takes
    test = listed('d646_test.txt', 'test_32.jpg')
    plan = plan_imagematte(
        given, tmp_path / 'out', train=TRAIN, test=[test], test_folders=[tmp_path / 'test']
    )
    assert 'contents different (by ' in plan.notes[0]


def test_all_faults_are_named_at_once(tmp_path):
    given = folders(tmp_path)
    (tmp_path / 'AIM' / 'GT' / 'boy-1.png').unlink()
    train = listed('train.txt', *TRAIN.names, 'nobody.jpg', 'no one.jpg')
    plan = plan_imagematte(given, tmp_path / 'out', train=train, valid=listed('v.txt', 'h_9.jpg'))
    assert plan.faults == [
        '2 of 6 names of train.txt are not in the input: nobody.jpg, no one.jpg',
        '1 of 1 names of v.txt are not in the input: h_9.jpg',
        f'{tmp_path}/AIM/FG/boy-1.jpg (Adobe) has no alpha of its name',
    ]


def test_a_name_in_both_data_sets_is_a_fault_unless_equal(tmp_path):
    given = folders(tmp_path)
    save(tmp_path / 'AIM' / 'FG' / 'h_1.jpg', picture(250))
    save(tmp_path / 'AIM' / 'GT' / 'h_1.png', matte(250))
    both = f'{tmp_path}/D646/FG/h_1.jpg (D646) and {tmp_path}/AIM/FG/h_1.jpg (Adobe)'
    plan = plan_imagematte(given, tmp_path / 'out', train=TRAIN)
    (fault,) = plan.faults
    assert fault.startswith(f'{both} have one name but not the same contents')
    for part, name in (('FG', 'h_1.jpg'), ('GT', 'h_1.png')):
        data = (tmp_path / 'D646' / part / 'h_1.jpg').read_bytes()
        (tmp_path / 'AIM' / part / name).write_bytes(data)
    plan = plan_imagematte(given, tmp_path / 'out', train=TRAIN)
    assert (plan.faults, plan.notes) == ([], [f'{both} are equal; the first is taken'])


def test_of_two_suffixes_the_list_decides(tmp_path):
    given = {
        'D646': [
            pairs(tmp_path / 'train', {'test_32.jpg': 'test_32.png'}),
            pairs(tmp_path / 'test', {'test_32.png': 'test_32.png'}, 90),
        ]
    }
    for name, number in (('test_32.jpg', 0), ('test_32.png', 1)):
        plan = plan_imagematte(given, tmp_path / 'out', train=listed('l', name), test=[TEST])
        (action,) = plan.actions
        assert action.fgr.path.is_relative_to(given['D646'][number][0])
        assert ('different' in plan.notes[0]) == (number == 0)
    assert plan_imagematte(given, tmp_path / 'out', train=listed('l', 'test_32')).faults


def test_without_lists_all_is_training(tmp_path):
    plan = plan_imagematte(folders(tmp_path), tmp_path / 'out')
    assert len(plan.actions) == 7
    assert {action.label for action in plan.actions} == {'train'}
    with pytest.raises(DataError, match='give --d646 or --aim'):
        plan_imagematte({'D646': []}, tmp_path / 'out')


@pytest.mark.skipif(not PUBLISHED, reason='RVM_SPLITS names no folder of published lists')
def test_the_published_lists(tmp_path):
    train, valid, aim, d646 = (
        read_list(Path(PUBLISHED) / f'{name}.txt')
        for name in ('imagematte_train', 'imagematte_valid', 'aim_test', 'd646_test')
    )
    everything = dict.fromkeys((*train.stems, *valid.stems))
    ours = [name for name in everything if name[:2] in ('h_', 't_') or name.startswith('te')]
    theirs = [name for name in everything if name not in ours]
    given = {
        'D646': [pairs(tmp_path / 'D646', {f'{n}.jpg': f'{n}.png' for n in ours})],
        'Adobe': [pairs(tmp_path / 'AIM', {f'{n}.jpg': f'{n}.jpg' for n in theirs})],
    }
    save(tmp_path / 'test' / 'test_32.png', picture(200))
    plan = plan_imagematte(
        given,
        tmp_path / 'out',
        train=train,
        valid=valid,
        test=[aim, d646],
        test_folders=[tmp_path / 'test'],
    )
    assert plan.faults == []
    assert [note.split(' names ')[0] for note in plan.notes] == ['5', '1']
    assert 'different' in plan.notes[1]
    assert execute(plan.actions, quiet=True).counts.keys() == {'train', 'valid'}
    assert len(names(tmp_path / 'out' / 'train' / 'fgr')) == len(train.names) == 420
    assert len(names(tmp_path / 'out' / 'valid' / 'pha')) == len(valid.names) == 15
