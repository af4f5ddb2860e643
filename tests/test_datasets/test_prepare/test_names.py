import os
from pathlib import Path

import pytest

from rvm.datasets.prepare.names import (
    NameList,
    overlaps,
    read_list,
    split_names,
    split_settings,
    stem,
)
from rvm.errors import DataError

PUBLISHED = os.environ.get('RVM_SPLITS')


def listed(*names: str, path: str = 'list.txt') -> NameList:
    return NameList(Path(path), names)


def test_lists_are_read_without_comments_and_folders(tmp_path):
    (tmp_path / 'a.txt').write_bytes(
        '\ufeff# humans\r\n\r\n b (1).jpg \r\ntrain/fgr/ä.png\n'.encode()
    )
    names = read_list(tmp_path / 'a.txt')
    assert names.names == ('b (1).jpg', 'ä.png')
    assert names.stems == ['b (1)', 'ä']


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (b'# nothing\n', 'holds no name'),
        (b'a.jpg\nb.jpg\na.png\n', 'holds these names twice: a'),
        (b'\xff\xfe\x00', 'cannot be read as UTF-8'),
        (None, 'cannot be read'),
    ],
)
def test_wrong_lists_are_refused_by_name(tmp_path, text, message):
    if text is not None:
        (tmp_path / 'a.txt').write_bytes(text)
    with pytest.raises(DataError, match=message) as caught:
        read_list(tmp_path / 'a.txt')
    assert str(tmp_path / 'a.txt') in str(caught.value)


def test_stems_match_over_suffixes_and_unicode_forms():
    assert stem('a.b.JPG') == stem('a.b.png') == 'a.b'
    assert stem('model.600238') == 'model.600238'
    assert stem('0001') == '0001'
    assert stem('a\u0308.png') == stem('ä.jpg')


POOL = ['10', '9', 'a', 'b']


@pytest.mark.parametrize(
    ('train', 'valid', 'every', 'expected'),
    [
        (None, None, None, (['9', '10', 'a', 'b'], [])),
        (listed('a', '10'), None, None, (['10', 'a'], [])),
        (None, listed('a.jpg'), None, (['9', '10', 'b'], ['a'])),
        (listed('a', 'b'), listed('a'), None, (['a', 'b'], ['a'])),
        (None, None, 2, (['9', 'a'], ['10', 'b'])),
        (listed('9', 'a'), None, 2, (['9', 'a'], ['b'])),
    ],
)
def test_lists_say_what_goes_where(train, valid, every, expected):
    splits, faults = split_names(POOL, train, valid, every)
    assert (splits['train'], splits['valid']) == expected
    assert faults == []


@pytest.mark.parametrize('every', [0, -3])
def test_every_needs_a_number(every):
    with pytest.raises(DataError, match=rf'--valid-every is {every}; give 1 or more'):
        split_names(POOL, None, None, every)


def test_every_beside_a_list_is_refused():
    with pytest.raises(DataError, match=r'--valid-every 2 has no meaning beside the list v.txt'):
        split_names(POOL, None, listed('a', path='v.txt'), 2)


def test_settings_tell_lists_apart_by_their_names():
    first = split_settings(listed('a', 'b'), None, 3)
    assert first['valid_every'] == 3
    assert first['train_list'].startswith('2 names, digest ')
    assert 'valid_list' not in first
    assert split_settings(listed('b', 'a', path='moved.txt'), None, 3) == first
    assert split_settings(listed('a', 'c'), None, 3) != first


def test_names_that_are_nowhere_are_all_listed():
    splits, faults = split_names(POOL, listed('a', 'x.jpg', 'y'), listed('z', path='valid.txt'))
    assert splits == {'train': ['a'], 'valid': []}
    assert faults == [
        '2 of 3 names of list.txt are not in the input: x.jpg, y',
        '1 of 1 names of valid.txt are not in the input: z',
    ]


def test_names_in_two_lists_are_reported_with_the_verdict():
    train = listed('a.jpg', 'b.jpg', 'c.jpg', path='train.txt')
    tests = [listed('c.png', 'a.png', path='one.txt'), listed('b.png', path='two.txt')]
    asked = []

    def compare(*names):
        asked.append(names)
        return {'a.jpg': 'equal', 'b.jpg': 'equal', 'c.jpg': 'different'}[names[1]]

    assert overlaps({'train': train, 'test': tests}, compare) == [
        '1 names stand in both train.txt (train) and one.txt (test), equal: a.jpg',
        '1 names stand in both train.txt (train) and one.txt (test), different: c.jpg',
        '1 names stand in both train.txt (train) and two.txt (test), equal: b.jpg',
    ]
    assert asked[0] == ('train', 'a.jpg', 'test', 'a.png')


@pytest.mark.skipif(not PUBLISHED, reason='RVM_SPLITS names no folder of published lists')
def test_overlaps_of_the_published_lists():
    lists = {path.stem: read_list(path) for path in Path(PUBLISHED).glob('*.txt')}

    def shared(train: str, *others: str) -> dict[str, int]:
        found = overlaps(
            {'train': lists[train], 'test': [lists[other] for other in others]}, lambda *_: ''
        )
        return {note.split(' and ')[1].split('.')[0]: int(note.split()[0]) for note in found}

    assert shared('imagematte_train', 'imagematte_valid', 'aim_test', 'd646_test') == {
        'imagematte_valid': 5,
        'd646_test': 1,
    }
    assert shared('dvm_background_train_clips', 'dvm_background_test_clips') == {
        'dvm_background_test_clips': 133
    }
