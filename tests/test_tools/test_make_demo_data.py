from rvm.datasets.demo import TINY
from tests.test_tools.conftest import assert_one_line
from tools import make_demo_data as tool


def test_makes_what_is_asked_for(run, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(tool, 'make_demo_data', lambda out, **kwargs: asked.append((out, kwargs)))
    done = run('make_demo_data', tmp_path / 'x', '--size', 'tiny', '--seed', 4, '--workers', 3)
    assert (done.status, done.out) == (0, f'wrote {tmp_path / "x"}\n')
    expected = {'seed': 4, 'size': TINY, 'workers': 3, 'force': False, 'progress': True}
    assert asked == [(tmp_path / 'x', expected)]


def test_refuses_a_folder_of_others(run, tmp_path):
    (tmp_path / 'thesis.txt').write_text('mine')
    assert_one_line(run('make_demo_data', tmp_path, '--force'), str(tmp_path), 'empty folder')
