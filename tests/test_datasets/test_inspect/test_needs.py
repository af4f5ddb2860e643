from rvm.datasets import RecordDataset
from rvm.datasets.inspect import Findings
from rvm.datasets.inspect.needs import check_backgrounds, check_needs, check_splits
from rvm.datasets.inspect.sources import Source, Use


def use(
    split='training', place='train_dataloader.mat', background=False, frames=4, size=64, least=None
):
    return Use(f'{place}.dataset', place, split, frames, size, background, least)


def source(root, path, *uses):
    dataset = RecordDataset(data_root=str(root), path=path, lazy_init=True)
    return Source(f'RecordDataset {path}', {}, list(uses), dataset)


def clips(root, path, names, digest='', frames=9, size=(90, 120)):
    return [
        Findings(
            name, f'{root}/{path}/{name}', [], frames, frames, 1, size, f'{digest or path}{name}'
        )
        for name in names
    ]


def test_small_and_short_footage_is_said_once_a_size(tmp_path):
    high = use(place='train_dataloader.high', frames=12, size=256)
    footage = source(tmp_path, 'x', use(), high, use(place='val_dataloader', size=None))
    found = clips(tmp_path, 'x', 'ab') + clips(tmp_path, 'x', 'c', size=(48, 300), frames=1)
    small, big, short = sorted(check_needs(footage, found), key=lambda one: (one.kind, one.text))[
        :3
    ]
    texts = [one.text for one in check_needs(footage, found)]
    assert {one.severity for one in (small, big, short)} == {'warning'}
    assert any('1 of 3 are enlarged, up to 1.3 times, to the 64' in text for text in texts)
    assert any('3 of 3 are enlarged, up to 5.3 times, to the 256' in text for text in texts)
    assert any('2 of 3 have fewer than the 12 frames' in text for text in texts)
    assert len(texts) == 3


def test_min_size_of_a_data_set_makes_it_a_fault(tmp_path):
    footage = source(tmp_path, 'x', use(least=60))
    found = clips(tmp_path, 'x', 'a') + clips(tmp_path, 'x', 'b', size=(48, 300))
    (fault,) = check_needs(footage, found)
    assert (fault.kind, fault.severity, fault.path) == ('small', 'fault', f'{tmp_path}/x/b')


def test_fewer_backgrounds_than_foregrounds(tmp_path):
    fgr = source(tmp_path, 'x', use()), clips(tmp_path, 'x', 'abc')
    few = source(tmp_path, 'y', use(background=True)), clips(tmp_path, 'y', 'ab')
    more = source(tmp_path, 'z', use(background=True)), clips(tmp_path, 'z', 'c')
    (found,) = check_backgrounds([fgr, few])
    assert (found.kind, found.severity) == ('few', 'warning')
    assert '2 backgrounds for 3 foregrounds of train_dataloader.mat' in found.text
    assert list(check_backgrounds([fgr, few, more])) == []
    assert list(check_backgrounds([fgr])) == []


def overlaps(*found):
    return [(one.severity, one.path) for one in check_splits(found)]


def test_one_source_in_two_splits(tmp_path):
    both = use(), use('validation', 'val_dataloader')
    assert overlaps((source(tmp_path, 'x', *both), clips(tmp_path, 'x', 'ab'))) == [
        ('fault', f'{tmp_path}/x')
    ]
    held = use(background=True), use('validation', 'val_dataloader', background=True)
    assert overlaps((source(tmp_path, 'x', *held), clips(tmp_path, 'x', 'ab'))) == [
        ('warning', f'{tmp_path}/x')
    ]


def test_lists_of_one_folder_that_overlap_and_a_linked_folder(tmp_path):
    (tmp_path / 'x').mkdir()
    (tmp_path / 'link').symlink_to(tmp_path / 'x')
    train = source(tmp_path, 'x', use()), clips(tmp_path, 'x', 'abc')
    for path in ('x', 'link'):
        valid = source(tmp_path, path, use('validation')), clips(tmp_path, path, 'cde', digest='x')
        (found,) = check_splits([train, valid])
        assert found.text.startswith(
            f'{tmp_path}/{path}: 1 clips are in training and in validation'
        )
        assert found.text.endswith('by name: c; leave them out of one (exclude)')
    apart = source(tmp_path, 'x', use('test')), clips(tmp_path, 'x', 'de')
    assert overlaps(train, apart) == []


def test_equal_contents_are_found_under_any_name(tmp_path):
    train = source(tmp_path, 'x', use()), clips(tmp_path, 'x', 'abc', digest='same')
    other = clips(tmp_path, 'y', 'a')
    valid = source(tmp_path, 'y', use('validation')), other
    assert overlaps(train, valid) == []  # one name, other pictures
    other[0].digest = 'samea'
    assert overlaps(train, valid) == [('fault', f'{tmp_path}/y/a')]
    other[0].digest = 'sameb'
    assert overlaps(train, valid) == [('warning', f'{tmp_path}/y/a')]
    other[0].digest = None
    assert overlaps(train, valid) == []
