import csv
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from rvm.evaluation.folders import evaluate_folders
from tests.conftest import ROOT
from tests.test_evaluation.test_folders.sets import drop, make_set, matte, picture, save
from tests.test_tools.conftest import assert_one_line

REPORTS = ['report.html', 'results.csv', 'results.json', 'results.xlsx']


@pytest.fixture
def true(tmp_path):
    return make_set(tmp_path / 'set')


@pytest.fixture
def pred(tmp_path):
    return make_set(tmp_path / 'model', seed=1, kinds=('pha', 'fgr'))


@pytest.fixture
def evaluate(run, true, pred, tmp_path):
    """Run the tool with these folders, as far as `options` names no others."""

    def evaluate(*options, workers=0):
        folders = {'--pred': pred, '--true': true, '--out': tmp_path / 'out'}
        given = [x for key, value in folders.items() if key not in options for x in (key, value)]
        return run('evaluate', *given, '--workers', workers, *options)

    return evaluate


def listed(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else None


def test_reports_are_written_and_the_table_printed(evaluate, true, pred, tmp_path):
    done = evaluate(workers=2)
    assert done.status == 0
    assert '18/18' in done.err
    out = tmp_path / 'out'
    assert listed(out) == REPORTS
    data = json.loads((out / 'results.json').read_text())
    expected = evaluate_folders(pred, true)
    assert data['mean'] == expected.mean()
    assert data['clips']['static/0002']['values']['pha_mad'] == list(
        expected.clips[1].values['pha_mad']
    )
    assert (data['name'], data['protocol']) == ('set', 'low')
    assert data['info']['pred'] == str(pred)
    with open(out / 'results.csv', newline='') as file:
        assert len(list(csv.reader(file))) >= 18
    assert 'data:image/jpeg' in (out / 'report.html').read_text()
    for word in ('set', 'motion', 'static', 'dtSSD', f'{expected.mean()["pha_mad"]:.2f}'):
        assert word in done.out
    assert done.out.count('wrote ') == 4


def test_options_arrive(evaluate, tmp_path):
    options = ['--protocol', 'high', '--metrics', 'pha_mad', 'pha_sad', '--name', 'mine']
    done = evaluate(*options, '--strips', 0)
    assert done.status == 0
    data = json.loads((tmp_path / 'out/results.json').read_text())
    assert (data['name'], data['protocol']) == ('mine', 'high')
    assert data['measures'] == ['pha_mad', 'pha_sad']
    assert 'data:image/jpeg' not in (tmp_path / 'out/report.html').read_text()


def test_slashes_at_the_end_do_not_matter(evaluate, true, pred, tmp_path):
    out = tmp_path / 'deep/out'
    done = evaluate('--pred', f'{pred}/', '--true', f'{true}/', '--out', f'{out}/')
    assert done.status == 0
    assert listed(out) == REPORTS
    assert listed(out.parent) == ['out']
    assert json.loads((out / 'results.json').read_text())['name'] == 'set'


def test_truth_against_itself_is_0(evaluate, true, tmp_path):
    assert evaluate('--pred', true).status == 0
    data = json.loads((tmp_path / 'out/results.json').read_text())
    assert set(data['mean'].values()) == {0.0}


def test_surplus_is_refused_or_said(evaluate, pred, tmp_path):
    save(pred / 'static/0009/pha/0.png', matte(0))
    assert_one_line(evaluate(), 'surplus clips', 'static/0009', '--ignore-surplus')
    done = evaluate('--ignore-surplus')
    assert done.status == 0
    assert '0009' in done.out
    (note,) = json.loads((tmp_path / 'out/results.json').read_text())['notes']
    assert 'static/0009' in note


SPOILS = {
    'missing clip': (lambda pred: drop(pred / 'static/0002'), 'missing clips (1): static/0002'),
    'missing frame': (lambda pred: drop(pred / 'static/0002/pha/7.png'), 'static/0002/pha/7'),
    'size that broadcasts': (
        lambda pred: save(pred / 'static/0002/pha/7.png', matte(0)[:1]),
        'static/0002/pha/7.png (32x1, not 32x24)',
    ),
    'bits': (
        lambda pred: save(pred / 'static/0002/pha/7.png', matte(0).astype(np.uint16)),
        'static/0002/pha/7.png (16 bits, not 8)',
    ),
    'colours': (
        lambda pred: save(pred / 'static/0002/pha/7.png', picture(0)),
        'static/0002/pha/7.png is a picture in colours',
    ),
    'damage': (
        lambda pred: (pred / 'static/0002/pha/7.png').write_bytes(
            (pred / 'static/0002/pha/7.png').read_bytes()[:-30]
        ),
        'static/0002/pha/7.png',
    ),
}


@pytest.mark.parametrize('case', SPOILS)
def test_what_is_wrong_leaves_no_results(evaluate, pred, tmp_path, case):
    out = tmp_path / 'out'
    spoil, word = SPOILS[case]
    spoil(pred)
    done = evaluate()
    assert (done.status, done.out) == (2, '')
    (line,) = [line for line in done.err.splitlines() if line.startswith('error: ')]
    assert done.err.endswith(f'{line}\n')
    assert word in line
    assert not out.exists()


def test_an_older_result_is_not_taken_for_that_of_a_failed_run(evaluate, pred, tmp_path):
    out = tmp_path / 'out'
    assert evaluate().status == 0
    (out / 'mine.txt').write_text('x')
    drop(pred / 'static/0002')
    assert_one_line(evaluate(), 'missing clips')
    assert listed(out) == ['mine.txt']


@pytest.mark.parametrize(
    ('options', 'word'),
    [
        (['--metrics', 'mda'], 'mda'),
        (['--protocol', 'medium'], 'medium'),
        (['--strips', '-1'], 'strips'),
        (['--workers', '-1'], 'workers'),
        (['--pred', 'nowhere'], 'nowhere'),
        (['--true', 'nowhere'], 'nowhere'),
    ],
)
def test_a_slip_leaves_an_earlier_result(evaluate, tmp_path, options, word):
    out = tmp_path / 'out'
    assert evaluate('--strips', 0).status == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert_one_line(evaluate(*options), word)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_file_of_the_user_is_not_replaced(evaluate, tmp_path):
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out/results.csv').write_text('mine')
    assert_one_line(evaluate(), 'out/results.csv would be replaced', 'move it away')
    assert listed(tmp_path / 'out') == ['results.csv']
    assert (tmp_path / 'out/results.csv').read_text() == 'mine'


def test_reports_are_not_written_into_the_truth(evaluate, true):
    assert_one_line(evaluate('--out', true / 'results'), 'lies in the truth', '--out')
    assert evaluate().status == 0  # the set is still one


def test_nothing_is_printed_before_the_reports_are_there(evaluate, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr('rvm.evaluation.report.write.write_xlsx', full)
    done = evaluate()
    assert (done.status, done.out) == (2, '')
    assert 'No space left on device' in done.err
    assert listed(tmp_path / 'out') == []


def test_reports_may_lie_in_the_folder_of_predictions(evaluate, pred):
    for _ in range(2):
        assert evaluate('--out', pred / 'report').status == 0
    assert listed(pred / 'report') == REPORTS


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (['--true', 'nowhere'], ['nowhere does not exist']),
        (['--pred', 'nowhere'], ['nowhere does not exist']),
        (['--protocol', 'medium'], ['protocol', 'medium']),
        (['--metrics', 'mda'], ['mda', 'pha_mad']),
        (['--workers', '-1'], ['workers', '-1']),
    ],
)
def test_wrong_options_are_one_line(evaluate, tmp_path, options, words):
    assert_one_line(evaluate(*options), *words)
    assert not (tmp_path / 'out').exists()


def test_a_level_too_high_or_low_is_one_line(evaluate, true, pred):
    assert_one_line(evaluate('--pred', pred / 'static'), 'it is a data set', str(pred))
    assert_one_line(evaluate('--true', true.parent), '<dataset>/<clip>/pha is expected')


def test_an_output_that_is_a_file_is_refused_first(evaluate, tmp_path, monkeypatch):
    (tmp_path / 'out').write_text('mine')
    monkeypatch.setattr('tools.evaluate.evaluate_folders', None)
    assert_one_line(evaluate(), '--out', 'is a file')
    assert_one_line(evaluate('--out', tmp_path / 'out/sub'), '--out', 'is a file')
    assert (tmp_path / 'out').read_text() == 'mine'


def test_as_a_program(true, pred, tmp_path):
    drop(pred / 'static/0002/pha/7.png')
    out = tmp_path / 'out'
    command = [sys.executable, str(ROOT / 'tools/evaluate.py'), '--pred', str(pred)]
    done = subprocess.run(
        [*command, '--true', str(true), '--out', str(out), '--workers', '0'],
        capture_output=True,
        text=True,
        env=os.environ | {'PYTHONPATH': str(ROOT)},
    )
    assert (done.returncode, done.stdout) == (2, '')
    assert done.stderr.count('\n') == 1
    assert f'missing frames (1): {pred}/static/0002/pha/7' in done.stderr
    assert not out.exists()
