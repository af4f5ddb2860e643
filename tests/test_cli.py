import logging
import os
import signal
import time

import pytest

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


def test_a_termination_cleans_up_like_an_interrupt_and_is_status_143(capsys):
    before, cleaned = signal.getsignal(signal.SIGTERM), []

    def main():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        finally:
            cleaned.append(True)

    assert _run(main) == 143
    assert cleaned == [True]
    assert capsys.readouterr().err.strip() == 'interrupted; unfinished outputs were removed'
    assert signal.getsignal(signal.SIGTERM) == before
