import os
import unicodedata

import pytest

from rvm.datasets.inspect.folder import CLIPS, _folded, list_folder, list_frames, pair


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b'x')


def kinds(faults):
    return sorted((found.kind, os.path.basename(found.path)) for found in faults)


def test_images_and_what_lies_beside_them(tmp_path):
    touch(tmp_path, '10.jpg', '2.PNG', 'Thumbs.db', '._2.jpg', 'note.txt', 'sub/a.jpg', 'c.jpg/x')
    (tmp_path / 'd.jpg').symlink_to('nowhere.jpg')
    listing = list_folder(tmp_path)
    assert listing.names == ['2.PNG', '10.jpg']
    assert kinds(listing.faults) == [
        ('hidden', '._2.jpg'),
        ('hidden', 'Thumbs.db'),
        ('ignored', 'note.txt'),
        ('ignored', 'sub'),
        ('link', 'd.jpg'),
        ('not-a-file', 'c.jpg'),
    ]


def test_clips_are_folders_and_videos(tmp_path):
    touch(tmp_path, 'b/0.jpg', 'a.mp4', 'still.jpg', '0003', '.cache/x', 'm.mov/x')
    listing = list_folder(tmp_path, CLIPS)
    assert listing.names == ['a.mp4', 'b']
    assert kinds(listing.faults) == [
        ('hidden', '.cache'),
        ('ignored', 'still.jpg'),
        ('not-a-file', 'm.mov'),
        ('not-a-folder', '0003'),
    ]


def test_folders_that_cannot_be_listed(tmp_path, monkeypatch):
    (tmp_path / 'file').write_bytes(b'')
    (tmp_path / 'link').symlink_to('nowhere')
    for name, kind in (('none', 'missing'), ('file', 'not-a-folder'), ('link', 'link')):
        listing = list_folder(tmp_path / name)
        assert (listing.found, kinds(listing.faults)) == (False, [(kind, name)])
    assert 'leave the source out' in list_folder(tmp_path / 'none').faults[0].text

    def refuse(folder):
        raise PermissionError(13, 'Permission denied')

    monkeypatch.setattr(os, 'scandir', refuse)
    (fault,) = list_folder(tmp_path).faults
    assert fault.kind == 'unreadable'
    assert 'Permission denied' in fault.text


@pytest.mark.parametrize(
    ('names', 'gap'),
    [
        (['00000.jpg', '00005.jpg', '00010.jpg'], None),
        (['0.jpg', '1.jpg', '2.jpg', '4.jpg'], 'between 2.jpg and 4.jpg'),
        (['8.jpg', '9.jpg', '10.jpg', '11.jpg'], None),
        (['a.jpg', 'b.jpg', 'z.jpg'], None),
        (['1.jpg', '9.jpg'], None),
    ],
)
def test_gaps_between_frames(tmp_path, names, gap):
    touch(tmp_path, *names)
    faults = list_frames(tmp_path).faults
    assert kinds(faults) == ([('gap', tmp_path.name)] if gap else [])
    assert not gap or gap in faults[0].text


def test_an_empty_clip(tmp_path):
    touch(tmp_path, '.DS_Store')
    assert kinds(list_frames(tmp_path).faults) == [
        ('hidden', '.DS_Store'),
        ('no-frames', tmp_path.name),
    ]


def test_names_that_collide_elsewhere(tmp_path):
    composed = unicodedata.normalize('NFC', 'zoë.png')
    touch(tmp_path, 'A.png', 'a.png', composed, unicodedata.normalize('NFD', composed))
    assert [kind for kind, _ in kinds(list_folder(tmp_path).faults)] == ['collision', 'collision']


def test_pairs_and_what_has_none(tmp_path):
    folders = tmp_path / 'fgr', tmp_path / 'pha'
    pairs, faults = pair(folders, (['a.jpg', 'b.jpg', 'C.jpg'], ['a.png', 'a.tif', 'c.png']))
    assert pairs == [('a.jpg', 'a.png')]
    assert [(one.kind, one.path) for one in faults] == [
        ('unpaired', str(folders[0] / 'b.jpg')),
        ('unpaired', str(folders[0] / 'C.jpg')),
        ('twice', str(folders[1] / 'a.png')),
        ('twice', str(folders[1] / 'a.tif')),
        ('unpaired', str(folders[1] / 'c.png')),
    ]
    assert 'c.png differs in case' in faults[1].text


def test_names_are_folded_once_however_many_have_no_partner(tmp_path, monkeypatch):
    calls = []

    def counting(name):
        calls.append(name)
        return _folded(name)

    monkeypatch.setattr('rvm.datasets.inspect.folder._folded', counting)
    names = [f'A{number}.jpg' for number in range(50)], [f'a{number}.png' for number in range(50)]
    pairs, faults = pair((tmp_path / 'fgr', tmp_path / 'pha'), names)
    assert (pairs, len(faults)) == ([], 100)
    assert 'a7.png differs in case' in faults[7].text
    assert 'A7.jpg differs in case' in faults[57].text
    assert len(calls) <= 200
