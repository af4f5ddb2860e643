import json
import os
from pathlib import Path

import pytest

from rvm.errors import MediaError
from rvm.evaluation.report import check_folder, remove_reports, write, write_reports
from rvm.evaluation.results import Results
from tests.test_evaluation.test_report.examples import make_results

NAMES = ['results.csv', 'results.xlsx', 'report.html', 'results.json']


def test_all_files_are_written_results_last(tmp_path):
    results = make_results()
    paths = write_reports(results, f'{tmp_path}/deep/er/')
    assert [path.name for path in paths] == NAMES
    assert sorted(os.listdir(tmp_path / 'deep/er')) == sorted(NAMES)
    assert [path.stat().st_mtime_ns for path in paths] == sorted(
        path.stat().st_mtime_ns for path in paths
    )
    data = json.loads(paths[-1].read_text(encoding='utf-8'))
    assert data == json.loads(json.dumps(results.to_dict()))
    again = Results.from_file(paths[-1])
    assert again.to_dict() == results.to_dict()


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / 'out').write_text('x')
    for place in ('out', 'out/below', 'out/far/below'):
        for refuse in (check_folder, lambda path: write_reports(make_results(), path)):
            with pytest.raises(MediaError, match='out is a file; name another folder'):
                refuse(tmp_path / place)
    assert (tmp_path / 'out').read_text() == 'x'


def test_a_folder_that_is_not_there_yet_is_fine_and_not_made(tmp_path):
    check_folder(tmp_path / 'a/b')
    check_folder('a/b')
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    monkeypatch.setattr(os, 'access', lambda *_: False)  # root may write anywhere
    with pytest.raises(MediaError, match=f'{tmp_path} cannot be written to; name another folder'):
        check_folder(tmp_path / 'a/b')


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('results', [None, 'no json', '[]', '{"mine": 1}'])
def test_files_of_the_user_are_kept(tmp_path, name, results):
    if results is not None:
        (tmp_path / 'results.json').write_text(results)
    (tmp_path / name).write_text('mine')
    held = {path.name: path.read_text() for path in tmp_path.iterdir()}
    for refuse in (remove_reports, lambda path: write_reports(make_results(), path)):
        with pytest.raises(MediaError, match=r'would be replaced, .*; move it away'):
            refuse(tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == held


def test_a_second_process_that_removes_meanwhile_sees_no_strangers(tmp_path, monkeypatch):
    write_reports(make_results(), tmp_path)
    unlink = Path.unlink
    left = []

    def watched(path, **options):
        unlink(path, **options)
        monkeypatch.setattr(Path, 'unlink', unlink)
        left.extend(tmp_path.iterdir())
        remove_reports(tmp_path)

    monkeypatch.setattr(Path, 'unlink', watched)
    remove_reports(tmp_path)
    assert (len(left), list(tmp_path.iterdir())) == (3, [])


@pytest.mark.parametrize('fails', ['write_csv', 'write_xlsx', 'report_page'])
def test_what_was_written_goes_with_what_cannot_be(tmp_path, monkeypatch, fails):
    write_reports(make_results(), tmp_path)
    (tmp_path / 'mine.txt').touch()

    def full(*_):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(write, fails, full)
    with pytest.raises(MediaError, match='No space left on device'):
        write_reports(make_results(), tmp_path)
    assert os.listdir(tmp_path) == ['mine.txt']


def test_names_that_are_no_text(tmp_path):
    results = make_results()
    results.clips[0].clip = 'videomatte_static/\udcff'
    write_reports(results, tmp_path)
    assert '\\udcff' in (tmp_path / 'report.html').read_text(encoding='utf-8')
    assert '\\udcff' in (tmp_path / 'results.csv').read_text(encoding='utf-8')
    assert Results.from_file(tmp_path / 'results.json').clips[0].clip == results.clips[0].clip


def test_an_earlier_evaluation_is_removed(tmp_path):
    write_reports(make_results(), tmp_path)
    (tmp_path / 'mine.txt').touch()
    remove_reports(tmp_path)
    assert os.listdir(tmp_path) == ['mine.txt']
    remove_reports(tmp_path / 'missing')
