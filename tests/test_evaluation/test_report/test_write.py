import json
import os

import pytest

from rvm.errors import MediaError
from rvm.evaluation.report import remove_reports, write, write_reports
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
    with pytest.raises(MediaError, match='out is a file; name a folder'):
        write_reports(make_results(), tmp_path / 'out')
    with pytest.raises(MediaError, match='cannot be written'):
        write_reports(make_results(), tmp_path / 'out' / 'below')


def test_no_results_beside_files_of_another_run(tmp_path, monkeypatch):
    write_reports(make_results(), tmp_path)

    def full(*_):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(write, 'write_xlsx', full)
    with pytest.raises(MediaError, match='No space left on device'):
        write_reports(make_results(), tmp_path)
    assert not (tmp_path / 'results.json').exists()
    assert not [name for name in os.listdir(tmp_path) if name.startswith('.')]


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
