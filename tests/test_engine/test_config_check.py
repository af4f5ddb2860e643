"""Misspelt keys at the top level are refused; those of every config in the tree are known."""

import pytest
from mmengine.config import Config

from rvm.engine.config_check import KNOWN, check_keys
from rvm.errors import ConfigError
from tests.conftest import ROOT

FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / 'configs').rglob('*.py'))


@pytest.mark.parametrize('file', FILES)
def test_the_keys_of_every_config_are_known(file):
    check_keys(Config.fromfile(ROOT / file), file)


@pytest.mark.parametrize(
    ('key', 'meant'),
    [
        ('test_evaluater', 'is test_evaluator meant'),
        ('dataroot', 'is data_root meant'),
        ('xyz', 'remove it'),
    ],
)
def test_a_misspelt_key_is_refused(key, meant):
    with pytest.raises(ConfigError, match=rf"here: nothing reads the key '{key}'; {meant}"):
        check_keys({'model': {}, key: 1}, 'here')


def test_what_mmengine_reads_is_known():
    assert {'train_cfg', 'param_scheduler', 'default_scope', 'randomness', 'resume'} <= KNOWN
