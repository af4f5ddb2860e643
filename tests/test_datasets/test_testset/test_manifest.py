import hashlib
import json

import pytest

from rvm.datasets.testset.manifest import (
    MANIFEST,
    VERSION,
    digest,
    make_manifest,
    read_manifest,
    write_manifest,
)
from rvm.errors import DataError


def test_what_is_written_is_read(tmp_path):
    manifest = make_manifest({'seed': 3}, [{'clip': '0000'}], {'0000/com/0000.png': 'ab'})
    write_manifest(tmp_path, manifest)
    assert read_manifest(tmp_path) == manifest
    assert manifest['version'] == VERSION
    assert set(manifest['libraries']) == {
        'av',
        'ffmpeg',
        'numpy',
        'opencv',
        'pillow',
        'rvm',
        'simplejpeg',
    }
    assert all(manifest['libraries'].values())


def test_the_digest_is_that_of_sha256sum():
    assert digest(b'abc') == hashlib.sha256(b'abc').hexdigest()
    assert digest(b'abc').startswith('ba7816bf')


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('{', 'is damaged'),
        ('[]', 'is no manifest of a test set'),
        ('{"kind": "other"}', 'is no manifest of a test set'),
        ('{"kind": "rvm test set", "version": 99, "files": {}}', 'has version 99'),
        ('{"kind": "rvm test set", "version": 1}', 'it names no files'),
        ('{"kind": "rvm test set", "version": 1, "files": {"a": 1}}', 'it names no files'),
    ],
)
def test_other_files_are_refused(tmp_path, text, words):
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(DataError, match=words) as caught:
        read_manifest(tmp_path)
    assert str(tmp_path / MANIFEST) in str(caught.value)


def test_none_is_refused(tmp_path):
    with pytest.raises(DataError, match=f'{tmp_path} has no manifest.json'):
        read_manifest(tmp_path)


def test_names_are_kept_as_they_are(tmp_path):
    write_manifest(tmp_path, make_manifest({}, [{'clip': 'Zoë (1)'}], {}))
    assert 'Zoë (1)' in (tmp_path / MANIFEST).read_text(encoding='utf-8')
    assert json.loads((tmp_path / MANIFEST).read_bytes())['files'] == {}
