import os
from types import SimpleNamespace

import pytest

import rvm.io.listing
from rvm.datasets import listing
from rvm.datasets.frames import ImageFrames, VideoFrames
from rvm.datasets.listing import list_clips, list_stills
from rvm.errors import DataError
from tests.test_datasets.footage import LONG_AGO, picture, save_video, settle, touch


@pytest.fixture
def reads(monkeypatch):
    """Names of the folders that are read and of the videos that are probed from now on."""
    done = []

    def counting(work):
        return lambda path: done.append(os.path.basename(path)) or work(path)

    counted = SimpleNamespace(**{**vars(os), 'scandir': counting(os.scandir)})
    for module in (listing, rvm.io.listing):  # these alone: pathlib reads folders, too
        monkeypatch.setattr(module, 'os', counted)
    monkeypatch.setattr(listing, 'probe', counting(listing.probe))
    return done


def numbered(count, suffix='.jpg'):
    return [f'{number:04}{suffix}' for number in range(count)]


@pytest.fixture
def tree(tmp_path):
    """Clips 2 and 10 of counted frames, and 'odd' of others."""
    root = tmp_path / 'clips'
    touch(root / '10', *numbered(4))
    touch(root / '2', *numbered(3))
    touch(root / 'odd', 'b.png', 'a.JPG', 'frame10.tif', 'frame9.tif')
    settle(root)
    return root


def names(clips):
    return {name: clip.names for name, clip in clips.items()}


def test_clips_and_frames_come_in_natural_order(tree):
    clips = list_clips(tree)
    assert list(clips) == ['2', '10', 'odd']
    assert clips['2'].names == ('0000.jpg', '0001.jpg', '0002.jpg')
    assert clips['odd'].names == ('a.JPG', 'b.png', 'frame9.tif', 'frame10.tif')
    assert [len(clip) for clip in clips.values()] == [3, 4, 4]
    assert clips['10'].frames('grey') == ImageFrames(
        str(tree / '10'), ('0000.jpg', '0001.jpg', '0002.jpg', '0003.jpg'), 'grey'
    )


@pytest.mark.parametrize(
    'files',
    [
        ['9.jpg', '10.jpg', '11.jpg'],
        ['0099.jpg', '0100.jpg'],
        ['0998.jpg', '0999.jpg', '1000.jpg'],
        ['999.jpg', '1000.jpg'],
        ['f5.png'],
        ['a1b001.jpg', 'a1b002.jpg'],
        ['x1.jpg', 'x3.jpg'],
        ['0001.jpg', '0002.png'],
        ['no number.jpg'],
        ['clip_0000_a.jpg', 'clip_0001_a.jpg'],
    ],
)
def test_names_come_out_of_the_cache_as_they_went_in(tmp_path, files, reads):
    touch(tmp_path / 'root' / 'clip', *files)
    settle(tmp_path)
    first = list_clips(tmp_path / 'root')
    assert list(first['clip'].names) == files
    assert list_clips(tmp_path / 'root') == first
    assert reads == ['root', 'clip', 'root']


def test_what_is_no_frame_is_ignored(tree):
    before = names(list_clips(tree))
    touch(tree / '2', '.DS_Store', 'Thumbs.db', '._0000.jpg', 'notes.txt', '.hidden.jpg', 'no')
    (tree / '2' / 'folder.jpg').mkdir()
    touch(tree, '.DS_Store', 'Thumbs.db', '._0.mp4', 'list.txt', 'cover.jpg')
    touch(tree / '.git', '0000.jpg')
    touch(tree / '__MACOSX', '._0000.jpg')
    touch(tree / '@eaDir')
    assert names(list_clips(tree)) == before


def test_the_second_time_only_the_top_folder_is_read(tree, reads):
    first = list_clips(tree)
    assert sorted(reads) == ['10', '2', 'clips', 'odd']
    reads.clear()
    assert list_clips(tree) == first
    assert reads == ['clips']


@pytest.mark.parametrize('change', ['add', 'remove', 'rename'])
def test_a_changed_clip_is_read_again_and_no_other(tree, reads, change):
    list_clips(tree)
    reads.clear()
    if change == 'add':
        (tree / '2' / '0003.jpg').touch()
    elif change == 'remove':
        (tree / '2' / '0001.jpg').unlink()
    else:
        (tree / '2' / '0001.jpg').rename(tree / '2' / '0007.jpg')
    expected = tuple(sorted(os.listdir(tree / '2')))
    assert list_clips(tree)['2'].names == expected
    assert reads == ['clips', '2']
    reads.clear()
    settle(tree)
    list_clips(tree)
    reads.clear()
    assert list_clips(tree)['2'].names == expected
    assert reads == ['clips']


def test_added_removed_and_renamed_clips_are_noticed(tree, reads):
    list_clips(tree)
    touch(tree / 'new', '0.jpg')
    (tree / '10').rename(tree / '11')
    for file in (tree / 'odd').iterdir():
        file.unlink()
    (tree / 'odd').rmdir()
    reads.clear()
    assert list(list_clips(tree)) == ['2', '11', 'new']
    assert sorted(reads) == ['11', 'clips', 'new']


def test_a_clip_replaced_by_one_with_equal_times_is_noticed(tree, tmp_path):
    list_clips(tree)
    other = touch(tmp_path / 'other', 'x.jpg')
    os.utime(other, (LONG_AGO, LONG_AGO))
    (tree / '2').rename(tmp_path / 'away')
    other.rename(tree / '2')
    os.utime(tree, (LONG_AGO, LONG_AGO))
    assert list_clips(tree)['2'].names == ('x.jpg',)


def test_what_changed_just_now_is_not_trusted(tmp_path, reads):
    """Two changes within one step of the disk's clock have one time."""
    root = tmp_path / 'clips'
    touch(root / 'a', '0.jpg')
    list_clips(root)
    reads.clear()
    list_clips(root)
    assert reads == ['clips', 'a']


def test_videos_are_probed_once(tmp_path, reads):
    root = tmp_path / 'clips'
    save_video(root / 'b.mp4', [picture(10 * i) for i in range(5)])
    save_video(root / 'a.mov', [picture(10 * i, (40, 20)) for i in range(3)])
    touch(root / 'c', '0.jpg', '1.jpg')
    settle(root)
    clips = list_clips(root)
    assert {name: len(clip) for name, clip in clips.items()} == {'a': 3, 'b': 5, 'c': 2}
    assert clips['a'].frames() == VideoFrames(str(root / 'a.mov'), 3, 'rgb', (40, 20))
    assert clips['a'].frames().size() == (40, 20)
    assert sorted(reads) == ['a.mov', 'b.mp4', 'c', 'clips']
    reads.clear()
    assert list_clips(root) == clips
    assert reads == ['clips']
    save_video(root / 'a.mov', [picture(10 * i, (40, 20)) for i in range(4)])
    reads.clear()
    assert len(list_clips(root)['a']) == 4
    assert reads == ['clips', 'a.mov']


def test_a_clip_that_is_there_twice_is_named(tree):
    (tree / '2.mp4').touch()
    with pytest.raises(DataError, match=r'1 clips are there twice: 2 and 2\.mp4'):
        list_clips(tree)


def test_empty_clips_and_broken_videos_are_all_named(tree, reads):
    touch(tree / 'empty')
    touch(tree / 'nested' / 'deeper', '0.jpg')
    (tree / 'broken.mp4').write_bytes(b'no video')
    settle(tree)
    with pytest.raises(DataError, match='3 clips cannot be used') as caught:
        list_clips(tree)
    for name in ('empty holds no images', 'nested holds no images', 'broken.mp4'):
        assert name in str(caught.value)
    reads.clear()
    with pytest.raises(DataError):  # the good ones need not be read again
        list_clips(tree)
    assert sorted(reads) == ['broken.mp4', 'clips', 'empty', 'nested']


def test_a_missing_folder_is_named(tmp_path):
    for function in (list_clips, list_stills):
        with pytest.raises(DataError, match='none cannot be read'):
            function(tmp_path / 'none')


def test_an_empty_folder_has_no_clips(tmp_path):
    assert list_clips(tmp_path) == {}
    assert list_stills(tmp_path) == []


def test_stills(tmp_path, reads):
    folder = touch(tmp_path / 'x', 'b10.jpg', 'b9.jpg', 'a.png', '.a.jpg', 'Thumbs.db', 'c.mp4')
    touch(folder / 'folder.jpg')
    settle(tmp_path)
    assert list_stills(folder) == ['a.png', 'b9.jpg', 'b10.jpg']
    assert list_stills(folder) == ['a.png', 'b9.jpg', 'b10.jpg']
    assert reads == ['x']
    (folder / 'b9.jpg').unlink()
    assert list_stills(folder) == ['a.png', 'b10.jpg']


def test_a_damaged_cache_gives_the_same(tree, cache, caplog):
    clips = list_clips(tree)
    (file,) = cache.iterdir()
    file.write_text(file.read_text()[:-9])
    assert list_clips(tree) == clips
    assert 'is damaged' in caplog.text


def test_symbolic_links_are_followed(tree, tmp_path):
    root = tmp_path / 'links'
    root.mkdir()
    (root / 'a').symlink_to(tree / '2')
    settle(tree)
    assert list_clips(root)['a'].names == tuple(numbered(3))
    (tree / '2' / '0003.jpg').touch()
    assert list_clips(root)['a'].names == tuple(numbered(4))


def test_a_long_listing_says_how_long_it_took(tree, monkeypatch, caplog):
    monkeypatch.setattr(listing, 'PATIENCE', 0.0)
    caplog.set_level('INFO')
    list_clips(tree)
    assert '3 clips indexed' in caplog.text


def test_counted_names_stay_small(tmp_path, cache):
    touch(tmp_path / 'root' / 'a', *numbered(500))
    settle(tmp_path)
    list_clips(tmp_path / 'root')
    (file,) = cache.iterdir()
    assert file.stat().st_size < 500
