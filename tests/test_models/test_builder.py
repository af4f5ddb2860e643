import re

import pytest
from mmengine.config import Config

from rvm.errors import ConfigError, UserError
from rvm.models import MattingNetwork, build_network
from rvm.models.builder import base_config_path, network_config


def test_all_forms_of_a_config_give_the_same_network(tiny_config, tmp_path):
    path = tmp_path / 'tiny.py'
    path.write_text(f'model = dict(type="MattingNetwork", **{tiny_config!r})\n')
    shell = {'model': {'type': 'Shell', 'network': tiny_config}}
    forms = [
        path,
        str(path),
        Config.fromfile(path),
        {'model': tiny_config},
        shell,
        Config(shell),
        tiny_config,
        {'type': MattingNetwork, **tiny_config},
    ]
    expected = {'type': 'MattingNetwork', **tiny_config}
    assert [network_config(form) for form in forms] == [expected] * len(forms)
    assert isinstance(build_network(forms[0]), MattingNetwork)


def test_the_config_is_left_as_it_is(tiny_config):
    before = repr(tiny_config)
    build_network(tiny_config)
    assert repr(tiny_config) == before


def test_base_configs_are_found():
    assert network_config(base_config_path('rvm_r50.py'))['aspp']['out_channels'] == 256
    with pytest.raises(ConfigError, match=r'rvm_r51\.py'):
        base_config_path('rvm_r51.py')


def test_what_holds_no_network_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r'no config file .*nowhere'):
        build_network(tmp_path / 'nowhere.py')
    with pytest.raises(ConfigError, match=r'the config: .*backbone'):
        build_network({'model': {'type': 'MattingNetwork'}})


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        ({'aspp': {'type': 'LRASP', 'out_channels': 8}}, 'LRASP is not in the'),
        ({'refinr': None}, "unexpected keyword argument 'refinr'"),
        ({'backbone': {'type': 'TimmBackbone', 'modelname': 'resnet18'}}, "'modelname'"),
        ({'backbone': {'type': 'TimmBackbone'}}, "'model_name'"),
        ({'decoder': {'type': 'RecurrentDecoder', 'channels': (8, 8, 8)}}, 'expected four numbers'),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else '',
)
def test_misspelt_parts_are_one_sentence(tiny_config, change, words):
    with pytest.raises(UserError, match=re.escape(words)) as caught:
        build_network({**tiny_config, **change})
    assert '\n' not in str(caught.value)


def test_a_config_that_cannot_be_read_is_one_sentence(tmp_path):
    path = tmp_path / 'config.py'
    path.write_text('model = dict(\n', encoding='utf-8')
    with pytest.raises(ConfigError, match=r'config\.py: cannot be read as a config'):
        build_network(path)
