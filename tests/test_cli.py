import logging
import os
import signal
import subprocess
import sys
import time

import pytest

from rvm import cli
from rvm.cli import run_tool
from rvm.errors import ConfigError, MediaError, UserError, WeightsError


def _run(main) -> int:
    with pytest.raises(SystemExit) as caught:
        run_tool(main)
    return 0 if caught.value.code is None else caught.value.code


def _raise(error: BaseException):
    raise error


@pytest.mark.parametrize(('result', 'status'), [(None, 0), (0, 0), (1, 1)])
def test_the_status_is_what_main_returns(result, status, capsys):
    assert _run(lambda: result) == status
    assert capsys.readouterr() == ('', '')


@pytest.mark.parametrize('error', [UserError, MediaError, WeightsError, ConfigError])
def test_a_user_error_is_one_line_and_status_2(error, capsys):
    assert _run(lambda: _raise(error('talk.mp4 does not exist'))) == 2
    assert capsys.readouterr() == ('', 'error: talk.mp4 does not exist\n')


def test_an_interrupt_is_status_130(capsys):
    assert _run(lambda: _raise(KeyboardInterrupt())) == 130
    out, err = capsys.readouterr()
    assert out == ''
    assert err.strip() == 'interrupted; unfinished outputs were removed'


@pytest.mark.parametrize('error', [ValueError('a bug'), KeyError('bug'), OSError(5, 'bug')])
def test_a_bug_keeps_its_traceback(error, capsys):
    with pytest.raises(type(error)) as caught:
        run_tool(lambda: _raise(error))
    assert caught.value is error
    assert capsys.readouterr() == ('', '')


def test_warnings_are_shown_plainly(caplog):
    with caplog.at_level(logging.INFO):
        assert _run(lambda: logging.getLogger('rvm.any').info('for the user')) == 0
    assert caplog.messages == ['for the user']


@pytest.fixture
def _own_signals(monkeypatch):
    """Give back the handlers that a tool keeps until its process ends."""
    monkeypatch.setattr(cli.atexit, 'register', lambda *args: None)
    before = {number: signal.getsignal(number) for number in cli.SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures('_own_signals')
@pytest.mark.parametrize(
    ('number', 'status'), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=['SIGTERM', 'SIGINT']
)
def test_a_signal_cleans_up_and_those_that_follow_wait(number, status, capsys):
    cleaned = []

    def main():
        try:
            os.kill(os.getpid(), number)
            time.sleep(5)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.05)
            cleaned.append(True)

    assert _run(main) == status
    assert cleaned == [True]
    assert capsys.readouterr().err.strip() == 'interrupted; unfinished outputs were removed'


@pytest.mark.usefixtures('_own_signals')
def test_after_a_signal_the_next_is_held_back_until_the_process_ends():
    assert _run(lambda: os.kill(os.getpid(), signal.SIGTERM)) == 143
    for number in cli.SIGNALS:
        assert isinstance(signal.getsignal(number), cli._Interrupts)
    os.kill(os.getpid(), signal.SIGINT)  # nothing


def test_without_a_signal_the_handlers_come_back():
    before = [signal.getsignal(number) for number in cli.SIGNALS]
    inside = []

    def main():
        inside.extend(signal.getsignal(number) for number in cli.SIGNALS)

    assert _run(main) == 0
    assert [signal.getsignal(number) for number in cli.SIGNALS] == before
    assert not set(inside) & set(before)


@pytest.mark.usefixtures('_own_signals')
def test_what_a_shell_has_ignored_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert _run(lambda: os.kill(os.getpid(), signal.SIGINT)) == 0


TOOL = """
import atexit, shutil, sys, time
from pathlib import Path
from rvm import cli
from rvm.io import atomic

def say(word):
    print(word, flush=True)
    return sys.stdin.readline()

remove = shutil.rmtree

def slow(path):
    say('removing')
    remove(path)

def main():
    with atomic.atomic_output(sys.argv[1]) as partial:
        (partial / 'deep').mkdir(parents=True)
        say('working')

shutil.rmtree = slow
cli.PATIENCE = float(sys.argv[2])
atexit.register(say, 'leaving')
cli.run_tool(main)
"""


def _signalled(script, arguments, steps):
    """Start a script, and send it signals: at every word that it says, those of the step.

    Returns its status, and what stands on stderr.
    """
    command = [sys.executable, '-c', script, *map(str, arguments)]
    pipes = dict.fromkeys(('stdin', 'stdout', 'stderr'), subprocess.PIPE)
    with subprocess.Popen(command, text=True, **pipes) as process:
        for word, numbers, answers in steps:
            assert process.stdout.readline().strip() == word
            for number in numbers:
                process.send_signal(number)
                time.sleep(0.1)  # two at once would be one
            if answers:
                process.stdin.write('\n')
                process.stdin.flush()
        _, err = process.communicate(timeout=60)
    return process.returncode, err.strip()


@pytest.mark.parametrize('first', cli.SIGNALS)
@pytest.mark.parametrize('second', cli.SIGNALS)
def test_a_signal_while_outputs_are_removed_or_the_process_leaves(tmp_path, first, second):
    for steps in (
        [('working', [first], False), ('removing', [second], True), ('leaving', [], True)],
        [('working', [first], False), ('removing', [], True), ('leaving', [second] * 2, True)],
    ):
        status, err = _signalled(TOOL, [tmp_path / 'out' / 'a', 10], steps)
        assert (status, err) == (128 + first, 'interrupted; unfinished outputs were removed')
        assert list((tmp_path / 'out').iterdir()) == []


@pytest.mark.parametrize(('patience', 'numbers'), [(100, 2), (0, 1)])
def test_cleaning_up_that_hangs_can_be_killed(tmp_path, patience, numbers):
    steps = [
        ('working', [signal.SIGTERM], False),
        ('removing', [signal.SIGINT] * numbers, False),
    ]
    status, err = _signalled(TOOL, [tmp_path / 'a', patience], steps)
    assert (status, err) == (-signal.SIGINT, '')


@pytest.mark.parametrize(
    'main',
    [
        'print("x" * 2**20)',
        'print("little")',
        'parser.parse_args(["--help"])',
        '(print("x", file=sys.stderr), 3)[1]',
        'sys.stdout.write("x" * 2**20) and 0 / 0',
    ],
)
@pytest.mark.parametrize('unbuffered', ['', '1'])
def test_a_reader_that_left_is_no_error(main, unbuffered):
    if unbuffered and 'parser' in main:
        pytest.skip('argparse drops the error itself')
    script = (
        'import argparse, sys; from rvm.cli import run_tool; parser = argparse.ArgumentParser(); '
        f'sys.stdin.readline(); run_tool(lambda: {main})'
    )
    command, env = [sys.executable, '-c', script], {**os.environ, 'PYTHONUNBUFFERED': unbuffered}
    pipes = dict.fromkeys(('stdin', 'stdout', 'stderr'), subprocess.PIPE)
    with subprocess.Popen(command, text=True, env=env, **pipes) as process:
        (process.stderr if 'stderr' in main else process.stdout).close()
        process.stdin.write('\n')
        process.stdin.close()
        process.stdin = None
        rest = process.stdout.read() if 'stderr' in main else process.stderr.read()
        assert (process.wait(60), rest) == (141, '')


def test_another_broken_pipe_is_a_bug():
    with pytest.raises(BrokenPipeError):
        run_tool(lambda: _raise(BrokenPipeError(32, 'a worker is gone')))


def test_the_end_of_argparse_keeps_its_status():
    assert _run(lambda: _raise(SystemExit(0))) == 0
    assert _run(lambda: _raise(SystemExit(2))) == 2
