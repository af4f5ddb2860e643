"""The command line of the benchmark on tiny inputs; what it measures here means nothing."""

import re

import tools.benchmark as tool
from tests.test_inference.media import gradient_video


def _rows(out: str) -> dict[str, float]:
    """Return name -> frames per second of the rows of a table."""
    found = re.findall(r'^  (\S.*?)  +(\d+\.\d+)  +\(', out, re.MULTILINE)
    return {name: float(rate) for name, rate in found}


def test_forms_of_the_network(run, tiny_weights, monkeypatch):
    monkeypatch.setattr(tool, 'CASES', {'tiny': (64, 96, 0.5)})
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
