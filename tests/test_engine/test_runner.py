"""Where mmengine's Runner needs help; several processes run in tests/test_tools/test_test.py."""

import logging

import pytest
from mmengine.runner import Runner

from rvm.engine import MattingRunner, launcher
from rvm.models import MattingModel


@pytest.mark.parametrize(('rank', 'expected'), [(None, 'none'), ('0', 'pytorch')])
def test_the_launcher_is_found_out(monkeypatch, rank, expected):
    monkeypatch.delenv('LOCAL_RANK', raising=False)
    if rank is not None:
        monkeypatch.setenv('LOCAL_RANK', rank)
    assert launcher() == expected


def test_the_terminal_hears_of_the_start_again_after_it(tmp_path, tiny_config, capfd):
    network = {'type': 'MattingNetwork', **tiny_config}
    runner = MattingRunner(
        {'type': 'rvm.MattingModel', 'network': network},
        str(tmp_path),
        default_scope='rvm',
        experiment_name='quiet_start',
    )
    runner.logger.info('after the start')
    printed = ''.join(capfd.readouterr())
    assert 'after the start' in printed
    assert 'System environment' not in printed
    levels = [h.level for h in runner.logger.handlers if type(h) is logging.StreamHandler]
    assert levels == [logging.INFO]
    assert isinstance(runner, Runner)
    assert isinstance(runner.matting_model, MattingModel)
