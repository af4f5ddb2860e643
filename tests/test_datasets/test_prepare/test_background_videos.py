import os
from pathlib import Path

import pytest

from rvm.datasets.prepare import Encoding, execute, plan_background_videos, read_list
from rvm.datasets.prepare.names import NameList
from rvm.errors import DataError
from tests.test_datasets.footage import picture, save, save_video
from tests.test_datasets.test_prepare.raw import names, pack, put_junk, tree

PUBLISHED = os.environ.get('RVM_SPLITS')


@pytest.fixture
def clips(tmp_path):
    """0000 and 0003 as videos, 0001 as JPEG, 0002 as PNG, of 5, 3, 4 and 2 frames."""
    folder = tmp_path / 'dvm'
    save_video(folder / '0000.mp4', [picture(30 * n) for n in range(5)])
    save_video(folder / '0003.mp4', [picture(60 * n) for n in range(2)])
    for name, count, suffix in (('0001', 3, 'jpg'), ('0002', 4, 'png')):
        for number in range(count):
            save(folder / name / f'{number + 1}.{suffix}', picture(40 * number))
    put_junk(folder, folder / '0001')
    return folder


@pytest.mark.parametrize('packed', [False, True])
def test_the_first_frames_become_jpeg(tmp_path, clips, packed):
    source = pack(clips, tmp_path / 'x.tar', 'BackgroundVideosTrain') if packed else clips
    valid = NameList(Path('valid.txt'), ('0003',))
    plan = plan_background_videos(source, tmp_path / 'out', frames=3, valid=valid)
    assert (plan.faults, plan.notes) == ([], [])
    assert execute(plan.actions, 2, quiet=True).faults == []
    assert names(tmp_path / 'out') == [
        *(f'train/0000/{n:04}.jpg' for n in range(3)),
        *(f'train/0001/{n + 1}.jpg' for n in range(3)),
        *(f'train/0002/{n:04}.jpg' for n in range(3)),
        *(f'valid/0003/{n:04}.jpg' for n in range(2)),
    ]
    assert tree(tmp_path / 'out')['train/0001/2.jpg'] == tree(clips)['0001/2.jpg']


def test_names_in_training_and_test_are_reported_and_compared(tmp_path, clips):
    train = NameList(Path('train.txt'), ('0000', '0001', '0002'))
    test = NameList(Path('test.txt'), ('0001', '0002', '0009'))
    plan = plan_background_videos(clips, tmp_path / 'out', train=train, test=[test])
    (note, short) = plan.notes
    assert note == (
        '2 names stand in both train.txt (train) and test.txt (test), contents not compared '
        '(no test clips given): 0001, 0002'
    )
    assert short == '2 folders hold fewer than 100 frames; all are taken'
    for number in range(3):
        for name, value in (('0001', 40 * number), ('0002', 7)):
            save(tmp_path / 'test' / name / f'{number + 1}.jpg', picture(value))
    plan = plan_background_videos(
        clips, tmp_path / 'out', train=train, test=[test], test_source=tmp_path / 'test'
    )
    assert [note.partition('(test), ')[2] for note in plan.notes[:2]] == [
        'contents equal: 0001',
        'contents different: 0002',
    ]


def test_reduced_frames_are_written_anew(tmp_path, clips):
    plan = plan_background_videos(clips, tmp_path / 'out', encoding=Encoding(max_side=16))
    counts = execute(plan.actions, quiet=True).counts['train']
    assert (counts['written'], counts['linked']) == (14, 0)


def test_one_name_twice_and_missing_ones_are_faults(tmp_path, clips):
    save(clips / 'more' / '0000' / '1.jpg', picture(1))
    train = NameList(Path('train.txt'), ('0001', '0007', '0008'))
    plan = plan_background_videos(clips, tmp_path / 'out', train=train)
    assert plan.faults == [
        f'0000.mp4 and more/0000 of {clips} have one name; give the folder of one of them',
        '2 of 3 names of train.txt are not in the input: 0007, 0008',
    ]
    with pytest.raises(DataError, match='--frames is 0'):
        plan_background_videos(clips, tmp_path / 'out', frames=0)
    (tmp_path / 'none').mkdir()
    (tmp_path / 'none' / 'a.txt').write_text('a')
    with pytest.raises(DataError, match='neither video files nor folders'):
        plan_background_videos(tmp_path / 'none', tmp_path / 'out')


@pytest.mark.skipif(not PUBLISHED, reason='RVM_SPLITS names no folder of published lists')
def test_the_published_lists(tmp_path):
    train, test = (
        read_list(Path(PUBLISHED) / f'dvm_background_{split}_clips.txt')
        for split in ('train', 'test')
    )
    for split, names_, equal in (
        ('train', train.names, ()),
        ('test', test.names, ('0000', '0245')),
    ):
        for name in names_:
            folder = tmp_path / split / name
            folder.mkdir(parents=True)
            (folder / '0000.jpg').write_bytes(
                b'same' if name in equal else f'{split} {name}'.encode()
            )
    for name in ('0000', '0245'):
        if name in train.names:
            (tmp_path / 'train' / name / '0000.jpg').write_bytes(b'same')
    plan = plan_background_videos(
        tmp_path / 'train',
        tmp_path / 'out',
        train=train,
        test=[test],
        test_source=tmp_path / 'test',
    )
    assert plan.faults == []
    assert len(plan.actions) == 3117
    counts = {note.split(': ')[0].split(', ')[1]: int(note.split()[0]) for note in plan.notes[:-1]}
    assert sum(counts.values()) == 133
    shared = {'0000', '0245'} & set(train.names)
    assert counts['contents equal'] == len(shared) >= 1
