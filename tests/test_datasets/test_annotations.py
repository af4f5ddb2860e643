import json
from pathlib import Path

import pytest

from rvm.datasets.annotations import category_ids, check_files, named_fields, read_annotations
from rvm.errors import DataError

FILE = Path('a.json')


def write(folder: Path, content: object) -> Path:
    file = folder / 'a.json'
    file.write_text(json.dumps(content))
    return file


def test_contents_are_returned(tmp_path: Path):
    content = {'videos': [1], 'info': {}}
    assert read_annotations(write(tmp_path, content), ['videos'], 'it') == content


@pytest.mark.parametrize('content', [{'videos': []}, {'videos': None}, {}, [1]])
def test_what_lacks_a_list_is_refused(tmp_path: Path, content: object):
    file = write(tmp_path, content)
    with pytest.raises(DataError, match=r'a.json has no videos and no cats, so it is not the one'):
        read_annotations(file, ['videos', 'cats'], 'the one')


@pytest.mark.parametrize('data', [b'{"videos": [1', b'', b'\xff\xfe\x00'])
def test_cut_off_files_are_refused(tmp_path: Path, data: bytes):
    (tmp_path / 'a.json').write_bytes(data)
    with pytest.raises(DataError, match=r'a.json is no JSON, or cut off'):
        read_annotations(tmp_path / 'a.json', [], 'it')


def test_missing_files_are_named(tmp_path: Path):
    with pytest.raises(DataError, match=r'a.json cannot be read \(No such file'):
        read_annotations(tmp_path / 'a.json', [], 'it')


def test_categories_are_found_by_name_or_id():
    categories = [{'id': 26, 'name': 'owl'}, {'id': 1, 'name': 'person'}]
    assert category_ids(categories, ['person', 'owl', 26], FILE) == [1, 26, 26]
    with pytest.raises(DataError, match=r"a.json has no category 'tie', 3; it has owl, person"):
        category_ids(categories, ['person', 'tie', 3], FILE)


def test_missing_fields_are_named():
    message = r"a.json: an entry lacks 'id', so it is not the one"
    with pytest.raises(DataError, match=message), named_fields(FILE, 'the one'):
        {}['id']


def test_absent_files_are_counted_and_named():
    check_files(Path('images'), ['a', 'b'], {'a', 'b', 'c'}, FILE)
    names = [f'{number}.jpg' for number in range(14)]
    with pytest.raises(
        DataError, match=r'images lacks 13 of 14 that a.json names: 0.jpg, 1.jpg.*3 more'
    ):
        check_files(Path('images'), names, {'5.jpg'}, FILE)
