import errno
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.test_datasets.test_inspect.roots import dump, make_config, make_root, plant
from tests.test_tools.conftest import assert_one_line


@pytest.fixture(autouse=True)
def _no_collection(monkeypatch):
    """Leave out what takes 0.3 s at the end of every index here: so much is imported."""
    monkeypatch.setattr('mmengine.dataset.base_dataset.gc', SimpleNamespace(collect=lambda: 0))


@pytest.fixture
def root(demo_root, tmp_path):
    return make_root(demo_root, tmp_path / 'data')


def test_clean_data_pass(run, root, tmp_path):
    elsewhere = make_config(tmp_path / 'elsewhere')
    config = dump(elsewhere, tmp_path / 'config.py')
    done = run('check_data', config, '--data-root', root, '--workers', 1)
    assert (done.status, done.out.splitlines()[-1]) == (0, '0 faults and 0 warnings')
    assert f'VideoMatteDataset {root}/VideoMatte240K_JPEG_SD/train' in done.out
    done = run('check_data', config, '--workers', 1, '--quick')
    assert (done.status, done.out.splitlines()[-1].split()[1]) == (1, 'faults')
    assert f'{tmp_path}/elsewhere/ImageMatte/train/fgr does not exist' in done.out


def test_planted_faults_are_reported(run, root, tmp_path):
    config = make_config(root)
    planted = plant(root, config)
    file = dump(config, tmp_path / 'config.py')
    report = tmp_path / 'reports' / 'data.json'
    done = run('check_data', file, '--workers', 2, '--out', report)
    assert done.status == 1
    assert 'Traceback' not in done.err
    for kind, path in planted:
        assert any(kind in line and str(path) in line for line in done.out.splitlines())
    plain = json.loads(report.read_text())
    assert done.out.splitlines()[-1] == f'{plain["faults"]} faults and {plain["warnings"]} warnings'
    assert [path.name for path in report.parent.iterdir()] == ['data.json']


def test_warnings_alone_fail_when_asked_to(run, root, tmp_path):
    (root / 'Backgrounds/train/.DS_Store').write_bytes(b'x')
    config = dump(make_config(root), tmp_path / 'config.py')
    text = tmp_path / 'report.txt'
    done = run('check_data', config, '--quick', '--workers', 1, '--out', text)
    assert (done.status, done.out.splitlines()[-1]) == (
        0,
        '0 faults and 1 warnings (headers only)',
    )
    assert text.read_text() == done.out
    assert run('check_data', config, '--quick', '--workers', 1, '--strict').status == 1


def test_options_reach_the_config(run, root, tmp_path):
    config = dump(make_config(root), tmp_path / 'config.py')
    options = ['--cfg-options', 'train_dataloader.mat.dataset.min_size=60']
    done = run('check_data', config, '--quick', '--workers', 1, *options)
    assert done.status == 1
    assert 'min_size' in done.out


@pytest.mark.parametrize(
    ('content', 'options', 'word'),
    [
        (None, [], 'no config file'),
        ('model = 1\n', [], 'no train_dataloader'),
        ('model = 1\n', ['--out', 'report.pdf'], '.json'),
        ('model = 1\n', ['--workers', '0'], '--workers'),
    ],
)
def test_a_check_that_cannot_run(run, tmp_path, content, options, word):
    if content:
        (tmp_path / 'config.py').write_text(content)
    assert_one_line(run('check_data', tmp_path / 'config.py', *options), word)


@pytest.mark.parametrize('out', ['file/report.txt', 'folder.json', 'locked/report.txt'])
def test_a_report_that_cannot_be_written_stops_the_check_at_once(run, tmp_path, monkeypatch, out):
    (tmp_path / 'file').write_bytes(b'')
    (tmp_path / 'folder.json').mkdir()
    (tmp_path / 'config.py').write_text('model = 1\n')
    if 'locked' in out:
        monkeypatch.setattr(Path, 'touch', refuse)

    def check(*args, **options):
        raise AssertionError('checked')

    monkeypatch.setattr('tools.check_data.check_configs', check)
    done = run('check_data', tmp_path / 'config.py', '--out', tmp_path / out)
    assert_one_line(done, '--out', str(tmp_path / out), 'name a file')


def test_a_disk_that_fills_up_is_no_fault_of_the_data(run, root, tmp_path, monkeypatch):
    config = dump(make_config(root), tmp_path / 'config.py')
    monkeypatch.setattr(Path, 'write_text', refuse)
    out = tmp_path / 'report.txt'
    done = run('check_data', config, '--quick', '--workers', 1, '--out', out)
    assert (done.status, 'No space left' in done.err, 'Traceback' in done.err) == (2, True, False)
    assert done.out.splitlines()[-1].startswith('0 faults')
    assert [path.name for path in tmp_path.iterdir() if 'report' in path.name] == []


def refuse(*args, **options):
    raise OSError(errno.ENOSPC, 'No space left on device')
