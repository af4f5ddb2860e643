from pathlib import Path

import numpy as np
import pytest

from rvm.errors import DataError
from rvm.io.listing import (
    by_stem,
    folder_names,
    image_names,
    name_some,
    pack_names,
    pair_by_stem,
    stem,
    unpack_names,
)


def touch(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b'')


def test_images_come_in_natural_order(tmp_path):
    touch(tmp_path, '10.png', '2.jpg', '1.PNG', '.hidden.png', 'notes.txt', 'clip.mp4')
    (tmp_path / 'folder.png').mkdir()
    assert image_names(tmp_path) == ['1.PNG', '2.jpg', '10.png']
    assert image_names(str(tmp_path)) == image_names(tmp_path)


def test_folders_come_in_natural_order(tmp_path):
    for name in ('10', '2', 'b', '.hidden', '__MACOSX', '@eaDir'):
        (tmp_path / name).mkdir()
    touch(tmp_path, '3')
    (tmp_path / 'link').symlink_to(tmp_path / 'b', target_is_directory=True)
    assert folder_names(tmp_path) == ['2', '10', 'b', 'link']


@pytest.mark.parametrize('function', [image_names, folder_names])
def test_a_folder_that_is_not_there_is_named(tmp_path, function):
    with pytest.raises(DataError, match='nowhere cannot be read'):
        function(tmp_path / 'nowhere')


def test_stem_and_name_some():
    assert [stem(name) for name in ('a.jpg', 'a.b', 'scene.0001', 'x.y.PNG', '0001.mp4')] == [
        'a',
        'a.b',
        'scene.0001',
        'x.y',
        '0001',
    ]
    assert name_some('abc') == 'a, b, c'
    assert name_some(map(str, np.arange(12)), most=2) == '0, 1 and 10 more'


def test_names_by_stem_keep_the_first_and_tell_the_others():
    assert by_stem(['a.png', 'b.png', 'a.jpg', 'a.tif']) == (
        {'a': 'a.png', 'b': 'b.png'},
        [('a.png', 'a.jpg'), ('a.png', 'a.tif')],
    )


def test_pairs_differ_in_the_suffix_alone():
    pairs, faults = pair_by_stem(['2.jpg', '10.jpg'], ['10.png', '2.png'], ('fgr', 'pha'))
    assert (pairs, faults) == ([('2.jpg', '2.png'), ('10.jpg', '10.png')], [])
    pairs, faults = pair_by_stem(['1.jpg', '2.jpg'], ['1.png', '1.tif', '3.png'], ('fgr', 'pha'))
    assert pairs == [('1.jpg', '1.png')]
    assert faults == [
        'pha holds both 1.png and 1.tif',
        f'{Path("fgr/2.jpg")} has no partner in pha',
        f'{Path("pha/3.png")} has no partner in fgr',
    ]


@pytest.mark.parametrize('names', [[], ['a'], ['08.png', '09.png', '10.png'], ['9.png', '10.png']])
def test_names_that_count_up_are_packed(names):
    packed = pack_names(names)
    assert isinstance(packed, dict) == (len(names) > 1)
    assert unpack_names(packed) == names
    assert pack_names(['1.png', '3.png']) == ['1.png', '3.png']


def test_links_to_nowhere_are_refused(tmp_path):
    (tmp_path / 'a.png').write_bytes(b'x')
    (tmp_path / 'b.png').symlink_to(tmp_path / 'a.png')
    (tmp_path / 'clip').mkdir()
    assert image_names(tmp_path) == ['a.png', 'b.png']
    assert folder_names(tmp_path) == ['clip']
    (tmp_path / 'c.png').symlink_to(tmp_path / 'gone.png')
    (tmp_path / '.d.png').symlink_to(tmp_path / 'gone.png')
    for names in (image_names, folder_names):
        with pytest.raises(DataError, match=r'holds 1 links to what does not exist: c\.png; mount'):
            names(tmp_path)
