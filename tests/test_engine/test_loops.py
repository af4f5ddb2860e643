"""The test loop: workers end however it ends, and a killed loader worker is a sentence."""

from types import SimpleNamespace

import pytest
from mmengine.runner import TestLoop as MMEngineTestLoop

from rvm.engine import ClipTestLoop
from rvm.errors import UserError
from rvm.evaluation import MattingMetric


def loop_that_raises(monkeypatch, error):
    """Return a loop over nothing, and the list of metrics that it has closed."""

    def run(self):
        raise error

    closed = []
    monkeypatch.setattr(MMEngineTestLoop, 'run', run)
    monkeypatch.setattr(MattingMetric, 'close', lambda self: closed.append(self))
    loop = object.__new__(ClipTestLoop)
    loop.evaluator = SimpleNamespace(metrics=[MattingMetric(workers=0), object()])
    return loop, closed


def test_a_killed_worker_of_the_loader_is_a_sentence(monkeypatch):
    error = RuntimeError('DataLoader worker (pid 5) is killed by signal: Killed. ')
    loop, closed = loop_that_raises(monkeypatch, error)
    with pytest.raises(UserError, match=r'ended from outside.*num_workers'):
        loop.run()
    assert closed == loop.evaluator.metrics[:1]


def test_other_errors_stay_what_they_are(monkeypatch):
    loop, closed = loop_that_raises(monkeypatch, RuntimeError('a bug'))
    with pytest.raises(RuntimeError, match='a bug'):
        loop.run()
    assert len(closed) == 1
