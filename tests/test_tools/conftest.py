"""Tools run inside the tests' process: starting one costs five seconds of imports."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import torch

from rvm.cli import run_tool
from rvm.models import build_network, save_weights
from rvm.models.weights_file import Weights


class Done(NamedTuple):
    """What a tool left: its exit status, and what it printed."""

    status: int
    out: str
    err: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture) -> Callable[..., Done]:
    """Run a tool: `run('inference', 'talk.mp4', '--alpha', path)`."""

    def run(name: str, *args: object) -> Done:
        tool = importlib.import_module(f'tools.{name}')
        monkeypatch.setattr(sys, 'argv', [f'{name}.py', *map(str, args)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as caught:
            run_tool(tool.main)
        return Done(caught.value.code or 0, *capfd.readouterr())

    return run


@pytest.fixture(scope='session')
def tiny_weights(tiny_config: dict, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights file of ours, of the tiny network; it says which network it is for."""
    torch.manual_seed(0)
    config = {'type': 'MattingNetwork', **tiny_config}
    path = tmp_path_factory.mktemp('weights') / 'tiny.pth'
    save_weights(Weights('tiny', 'ours', build_network(config).state_dict(), config), path)
    return path


def assert_one_line(done: Done, *words: str) -> None:
    """The tool refused with status 2 and one line that has all words."""
    assert (done.status, done.out) == (2, '')
    assert done.err.startswith('error: ')
    assert done.err.count('\n') == 1
    assert done.err.endswith('\n')
    for word in words:
        assert word in done.err
