import json
import multiprocessing
import os

import pytest

from rvm.datasets import index_cache
from rvm.datasets.index_cache import cache_folder, cached, load_index, store_index
from rvm.errors import DataError


@pytest.fixture
def source(tmp_path):
    file = tmp_path / 'annotations.json'
    file.write_text('[1, 2]')
    return file


class Make:
    def __init__(self, value=(1, 'two')):
        self.calls, self.value = 0, value

    def __call__(self):
        self.calls += 1
        return self.value


def test_made_once(source, cache):
    make = Make()
    assert cached([source], 'things', make) == [1, 'two']
    assert cached([source], 'things', make) == [1, 'two']
    assert make.calls == 1
    (file,) = cache.iterdir()
    assert file.name.startswith('annotations.json-things-')


def test_names_files_and_versions_are_apart(source, tmp_path):
    other = tmp_path / 'other' / 'annotations.json'
    other.parent.mkdir()
    other.write_text('[1, 2]')
    make = Make()
    cached([source], 'things', make)
    cached([source], 'others', make)
    cached([other], 'things', make)
    cached([source, other], 'things', make)
    assert make.calls == 4
    cached([source], 'things', make, version=2)
    assert make.calls == 5


def test_one_file_by_two_ways_is_one(source, tmp_path, monkeypatch):
    make = Make()
    cached([source], 'things', make)
    monkeypatch.chdir(tmp_path)
    cached(['annotations.json'], 'things', make)
    (tmp_path / 'link.json').symlink_to(source)
    cached([tmp_path / 'link.json'], 'things', make)
    assert make.calls <= 2  # a link may be another entry, but is never a wrong one


def test_a_change_is_noticed_even_if_size_and_time_are_put_back(source):
    make = Make()
    cached([source], 'things', make)
    stat = source.stat()
    source.write_text('[3, 4]')
    os.utime(source, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    cached([source], 'things', make)
    assert make.calls == 2


@pytest.mark.parametrize('damage', ['cut', 'flip', 'empty', 'binary'])
def test_damage_is_said_and_made_good(source, cache, damage, caplog):
    make = Make()
    cached([source], 'things', make)
    (file,) = cache.iterdir()
    content = file.read_bytes()
    file.write_bytes(
        {
            'cut': content[:-20],
            'flip': content.replace(b'two', b'owt'),
            'empty': b'',
            'binary': b'\xff\xfe\x00' * 30,
        }[damage]
    )
    assert cached([source], 'things', make) == [1, 'two']
    assert make.calls == 2
    assert 'made again' in caplog.text
    caplog.clear()
    assert cached([source], 'things', make) == [1, 'two']
    assert make.calls == 2
    assert not caplog.records


def test_an_unwritable_cache_is_said_once(source, tmp_path, monkeypatch, caplog):
    index_cache._warn_unwritable.cache_clear()
    (tmp_path / 'file').touch()
    monkeypatch.setenv('RVM_CACHE_DIR', str(tmp_path / 'file' / 'below'))
    make = Make()
    for _ in range(3):
        assert cached([source], 'things', make) == [1, 'two']
    assert make.calls == 3
    assert caplog.text.count('RVM_CACHE_DIR') == 1


def test_a_missing_key_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r'none\.json cannot be read'):
        cached([tmp_path / 'none.json'], 'things', Make())


def test_a_failed_make_leaves_nothing(source, cache):
    def make():
        raise DataError('wrong')

    with pytest.raises(DataError, match='wrong'):
        cached([source], 'things', make)
    assert not list(cache.iterdir())


def test_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv('RVM_CACHE_DIR', 'own')
    assert cache_folder().name == 'own'
    monkeypatch.setenv('RVM_CACHE_DIR', '')
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    assert cache_folder() == tmp_path / 'rvm' / 'index'
    monkeypatch.delenv('XDG_CACHE_HOME')
    monkeypatch.setenv('HOME', str(tmp_path))
    assert cache_folder() == tmp_path / '.cache' / 'rvm' / 'index'


def _write_often(path):
    for _ in range(30):
        store_index('x', [path], 1, list(range(2000)))


def test_processes_may_write_at_once(tmp_path):
    store_index('x', [tmp_path], 1, list(range(2000)))
    processes = multiprocessing.get_context('fork')
    workers = [processes.Process(target=_write_often, args=(tmp_path,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        assert load_index('x', [tmp_path], 1) == list(range(2000))
    assert [worker.exitcode for worker in workers] == [0, 0]


def test_content_is_json_below_its_checksum(source, cache):
    cached([source], 'things', Make())
    (file,) = cache.iterdir()
    _, _, text = file.read_text().partition('\n')
    assert json.loads(text)['value']['value'] == [1, 'two']
