"""The command line of the benchmark on tiny inputs; what it measures here means nothing."""

import re
from pathlib import Path

import pytest

from tests.test_inference.media import gradient_video

CASES = ('sd', 'hd', 'images', 'youtube', 'coco')
SMALL = ('--scale', 0.125)


@pytest.fixture(autouse=True)
def _as_a_script(monkeypatch):
    """A script finds what lies beside it; and loading leaves the user's cache alone."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / 'tools')
    monkeypatch.setenv('RVM_CACHE_DIR', '')


@pytest.fixture
def little_footage(monkeypatch):
    from benchmarks import footage

    amounts = {
        part: footage.Amount(1, min(amount.frames, 4)) for part, amount in footage.AMOUNTS.items()
    }
    monkeypatch.setattr(footage, 'AMOUNTS', amounts)


def _rows(out: str) -> dict[str, float]:
    """Return name -> frames per second of the rows of a table."""
    found = re.findall(r'^  (\S.*?)  +(\d+\.\d+)  +\(', out, re.MULTILINE)
    return {name: float(rate) for name, rate in found}


def test_forms_of_the_network(run, tiny_weights, monkeypatch):
    monkeypatch.setattr('benchmarks.network.CASES', {'tiny': (64, 96, 0.5)})
    forms = ('eager', 'channels_last', 'scripted')
    done = run(
        'benchmark', 'network', '--weights', tiny_weights, '--rounds', 1, '--forms', *forms,
        '--chunks', 1, 2,
    )  # fmt: skip
    assert done.status == 0, done.err
    assert 'tiny, float32' in done.out
    rows = _rows(done.out)
    assert set(rows) == {f'{form}, T = {chunk}' for form in forms for chunk in (1, 2)}
    assert all(rate > 0 for rate in rows.values())


def test_a_whole_conversion(run, tiny_weights, tmp_path):
    clip = gradient_video(tmp_path / 'clip.mp4', num=6)
    done = run('benchmark', 'video', clip, '--weights', tiny_weights, '--rounds', 1, '--frames', 4)
    assert done.status == 0, done.err
    assert f'{clip}: 64x48, 4 frames' in done.out
    rows = _rows(done.out)
    for stage in ('end to end', 'decode', 'network', 'encode'):
        assert any(name.startswith(stage) for name in rows), (stage, done.out)
    assert sorted(tmp_path.iterdir()) == [clip]


@pytest.mark.usefixtures('little_footage')
def test_loading_against_the_plain_loader(run):
    timed = ('sd', 'youtube', 'coco')
    done = run(
        'benchmark', 'loader', *SMALL, '--cases', *timed, '--samples', 1, '--transport',
        '--rounds', 1,
    )  # fmt: skip
    assert done.status == 0, done.err
    from benchmarks.loader_cases import CASES as ALL

    tables = re.split(r'\n(?=(?:VideoMatte|ImageMatte|YouTubeVIS|COCO))', done.out)[1:]
    assert [table.splitlines()[0] for table in tables[:-1]] == [ALL[case].title for case in timed]
    for table in tables[:-1]:
        names = ('plain', 'all in the worker', 'rest on the device', 'decode alone')
        rates = re.findall(rf'^  ({"|".join(names)})  +(\d+\.\d)', table, re.M)
        assert tuple(name for name, _ in rates) == names
        assert all(float(rate) > 0 for _, rate in rates)
    plain, ours = (float(size) for size in re.findall(r'(\d+\.\d+) MiB a sample', tables[-1]))
    assert plain == pytest.approx(15 * 7 * 64 * 64 * 4 / 2**20, abs=0.01)
    assert 0 < ours < plain / 4


@pytest.mark.usefixtures('little_footage')
def test_both_loaders_make_the_same_pictures(run, tmp_path):
    """Without fine detail, and where no step has pushed the picture off the canvas."""
    done = run(
        'benchmark', 'loader', *SMALL, '--cases', *CASES, '--samples', 2, '--check', tmp_path
    )
    assert done.status == 0, done.err
    found = re.findall(r'^  (?:all in|rest on) .*? (\w+) +[-\d. ]+ (\d+\.\d)$', done.out, re.M)
    assert len(found) == 2 * (3 * 3 + 2 * 2)
    for stream, psnr in found:
        assert float(psnr) > (30 if stream == 'seg' else 40), done.out
    sheets = [f'{case}_{where}.png' for case in CASES for where in ('device', 'worker')]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(sheets)


METRICS = ('--size', 72, 128, '--frames', 2, '--rounds', 1, '--people', 'portrait')


def test_metrics_against_the_plain_version(run):
    done = run(
        'benchmark', 'metrics', *METRICS, '--predictions', 'typical', 'poor', '--workers', 1
    )  # fmt: skip
    assert done.status == 0, done.err
    tables = re.split(r'\n(?=portrait|times as fast|all five)', done.out)[1:]
    assert [table.split(':')[0] for table in tables[:2]] == ['portrait, typical', 'portrait, poor']
    for table in tables[:2]:
        rows = re.findall(r'^  (\w+)  +(\d+\.\d\d)  +(\d+\.\d\d)  +(\d+\.\d) \(', table, re.M)
        assert [row[0] for row in rows] == ['MAD', 'MSE', 'Grad', 'Conn', 'dtSSD', 'all']
    assert len(re.findall(r'^  portrait, \w+ +\d+\.\d$', tables[2], re.M)) == 2
    assert re.search(r'^  1 processes  +\d+\.\d frames/s  1\.00 vs 1$', tables[3], re.M)


def test_metrics_that_differ_from_the_plain_version_stop_the_benchmark(run, monkeypatch):
    from benchmarks import plain_metrics

    monkeypatch.setattr(plain_metrics, 'dtssd', lambda pred, true: [0.0, 1.0])
    done = run('benchmark', 'metrics', *METRICS, '--predictions', 'typical', '--workers')
    assert 'dtSSD: ' in str(done.status)
    assert 'differs from plain [0.0, 1.0]' in str(done.status)
