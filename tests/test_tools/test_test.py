"""tools/test.py and dist_test.sh: the numbers of saved predictions, whatever the processes."""

import json
import os
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest

from rvm.evaluation import Results
from tests.conftest import ROOT
from tests.test_tools.conftest import assert_one_line

CONFIG = ROOT / 'configs' / 'benchmarks' / 'videomatte_demo.py'


@pytest.fixture
def fast(demo_root):
    """Arguments that keep the tool in this process."""
    return [
        '--data-root',
        demo_root,
        '--cfg-options',
        'test_dataloader.num_workers=0',
        'test_evaluator.workers=0',
        'test_dataloader.dataset.max_frames=3',
    ]


def assert_equal(first, second):
    one, other = (Results.from_file(path / 'results.json') for path in (first, second))
    assert [clip.clip for clip in one.clips] == [clip.clip for clip in other.clips]
    for mine, theirs in zip(one.clips, other.clips, strict=True):
        assert mine.frames == theirs.frames
        assert mine.values.keys() == theirs.values.keys() == set(one.measures)
        for name, values in mine.values.items():
            np.testing.assert_allclose(values, theirs.values[name], rtol=1e-6, err_msg=name)
    assert one.mean() == pytest.approx(other.mean(), rel=1e-6)


def test_it_equals_saving_and_evaluating_in_one_and_in_two_processes(
    run, checkpoint, demo_root, tmp_path
):
    one, two, folders = (tmp_path / name for name in ('one', 'two', 'folders'))
    args = [CONFIG, checkpoint, '--data-root', demo_root, '--save-predictions']
    done = run('test', *args, '--out', f'{one}/')
    assert done.status == 0, done.err
    assert 'all, mean over clips' in done.out
    names = {'results.json', 'results.csv', 'results.xlsx', 'report.html', 'predictions', 'logs'}
    assert {path.name for path in one.iterdir()} == names
    command = ['bash', ROOT / 'tools' / 'dist_test.sh', CONFIG, checkpoint, '2']
    command += ['--data-root', demo_root, '--save-predictions', '--out', two]
    path = f'{os.path.dirname(sys.executable)}:{os.environ["PATH"]}'
    dist = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {'PATH': path, 'PORT': str(29600 + os.getpid() % 1000)},
    )
    assert dist.returncode == 0, dist.stderr[-3000:]
    assert dist.stdout.count('all, mean over clips') == 1
    assert_equal(one, two)
    assert json.loads((two / 'results.json').read_text())['info']['processes'] == 2
    truth = demo_root / 'videomatte_demo'
    for out, workers in ((one, 0), (two, 2)):
        pred = out / 'predictions'
        done = run(
            'evaluate', '--pred', pred, '--true', truth, '--out', folders, '--workers', workers
        )
        assert done.status == 0, done.err
        assert_equal(folders, out)


def test_published_rows_are_printed_beside_ours(run, checkpoint, demo_root, tmp_path, fast):
    config = ROOT / 'configs' / 'benchmarks' / 'videomatte_512x288.py'
    place = f'test_dataloader.dataset.data_root={demo_root / "videomatte_demo"}'
    done = run('test', config, checkpoint, '--out', tmp_path / 'out', *fast[2:], place)
    assert done.status == 0, done.err
    lines = done.out[done.out.index('all, mean over clips') :].splitlines()
    row = next(line for line in lines if 'RVM MobileNetV3 (paper)' in line)
    assert '6.08' in row
    assert '1.36' in row
    assert '5.32' in next(line for line in lines if 'ResNet50 (paper)' in line)


def test_it_writes_to_the_work_folder_unless_told_otherwise(
    run, checkpoint, tmp_path, fast, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert run('test', CONFIG, checkpoint, *fast).status == 0
    assert (tmp_path / 'work_dirs/test/videomatte_demo/results.json').is_file()


def earlier(out):
    out.mkdir()
    (out / 'results.json').write_text('{"schema": 1, "name": "set"}')
    (out / 'notes.txt').write_text('mine')
    return out


@pytest.mark.parametrize('workers', [0, 1])
def test_a_damaged_picture_ends_it_without_a_result(
    run, checkpoint, demo_root, tmp_path, fast, workers
):
    shutil.copytree(demo_root / 'videomatte_demo', tmp_path / 'data' / 'videomatte_demo')
    clip = sorted((tmp_path / 'data' / 'videomatte_demo').glob('*/*'))[1]
    broken = sorted((clip / 'com').iterdir())[1]
    broken.write_bytes(broken.read_bytes()[:60])
    out = earlier(tmp_path / 'out')
    fast[1] = tmp_path / 'data'
    fast[3] = f'test_dataloader.num_workers={workers}'
    done = run('test', CONFIG, checkpoint, '--out', out, *fast, '--save-predictions')
    assert done.status == 2
    error = done.err.strip().splitlines()[-1]
    assert error.startswith('error: ')
    assert str(broken) in error
    assert 'DataLoader' not in error
    assert {path.name for path in out.iterdir()} <= {'notes.txt', 'logs', 'predictions'}
    assert not list(out.rglob('*.partial-*'))


def test_a_wrong_size_is_named(run, checkpoint, demo_root, tmp_path, fast):
    shutil.copytree(demo_root / 'videomatte_demo', tmp_path / 'data' / 'videomatte_demo')
    clip = sorted((tmp_path / 'data' / 'videomatte_demo').glob('*/*'))[0]
    odd = sorted((clip / 'com').iterdir())[2]
    cv2.imwrite(str(odd), np.zeros((1, 1, 3), np.uint8))
    fast[1] = tmp_path / 'data'
    done = run('test', CONFIG, checkpoint, '--out', tmp_path / 'out', *fast)
    assert done.status == 2
    assert f'{odd.relative_to(clip.parents[1])} (1x1, not' in done.err


def test_predictions_of_an_earlier_run_are_not_mixed_in(run, checkpoint, tmp_path, fast):
    out = tmp_path / 'out'
    old = out / 'predictions' / 'a' / '0' / 'pha' / '0000.png'
    old.parent.mkdir(parents=True)
    old.write_bytes(b'x')
    assert run('test', CONFIG, checkpoint, '--out', out, *fast).status == 0
    assert not (out / 'predictions').exists()
    mine = out / 'predictions' / 'mine.txt'
    mine.parent.mkdir()
    mine.write_text('x')
    done = run('test', CONFIG, checkpoint, '--out', out, *fast)
    assert_one_line(done, f'{mine} is none; move it away')
    assert (out / 'results.json').is_file()


def test_a_wrong_option_leaves_the_earlier_result(run, checkpoint, tmp_path, fast):
    out = tmp_path / 'out'
    assert run('test', CONFIG, checkpoint, '--out', out, *fast).status == 0
    done = run('test', CONFIG, checkpoint, '--out', out, *fast, 'test_evaluater.protocol=high')
    assert_one_line(done, "nothing reads the key 'test_evaluater'; is test_evaluator meant?")
    assert (out / 'results.json').is_file()


def test_an_output_that_cannot_be_written_is_one_line(run, checkpoint, tmp_path, fast):
    (tmp_path / 'file').write_text('x')
    done = run('test', CONFIG, checkpoint, '--out', tmp_path / 'file' / 'out', *fast)
    assert_one_line(done, f'{tmp_path}/file')


def test_wrong_arguments_are_one_line(run, checkpoint, tmp_path, fast):
    done = run('test', tmp_path / 'no.py', checkpoint)
    assert_one_line(done, 'no.py')
    done = run('test', CONFIG, tmp_path / 'no.pth', '--out', tmp_path / 'out', *fast)
    assert_one_line(done, 'no.pth')
    done = run('test', CONFIG, checkpoint, '--data-root', tmp_path, '--out', tmp_path / 'out')
    assert done.status == 2
    assert f'{tmp_path}/videomatte_demo does not exist' in done.err
