"""Every registered name is found by a fresh process that imports the registries only."""

import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest
from mmengine.model import BaseDataPreprocessor
from mmengine.registry import MODELS as MMENGINE_MODELS
from mmengine.registry import Registry

import rvm
from rvm import registry
from tests.conftest import ROOT

REGISTRIES = {
    name: value
    for name, value in vars(registry).items()
    if isinstance(value, Registry) and not name.startswith('MMENGINE_')
}
NETWORK_PARTS = {
    'MattingNetwork', 'TimmBackbone', 'LRASPP', 'RecurrentDecoder', 'DeepGuidedFilterRefiner',
    'FastGuidedFilterRefiner',
}  # fmt: skip


def _run(code: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True, timeout=120
    )


@pytest.fixture(scope='module', autouse=True)
def everything_imported():
    for module in pkgutil.walk_packages(rvm.__path__, 'rvm.'):
        importlib.import_module(module.name)


def _names(registry_name: str) -> dict[str, type]:
    return {
        name: entry
        for name, entry in REGISTRIES[registry_name].module_dict.items()
        if entry.__module__.startswith('rvm.')
    }


def test_the_registries_are_found():
    assert {'MODELS', 'DATASETS', 'TRANSFORMS', 'WRITERS'} <= set(REGISTRIES)
    assert set(_names('MODELS')) >= NETWORK_PARTS


@pytest.mark.parametrize('registry_name', list(REGISTRIES))
def test_every_name_is_found_lazily(registry_name):
    names = sorted(_names(registry_name))
    assert names, f'{registry_name} has no entry: registries without one should not exist'
    result = _run(
        'import sys\n'
        f'from rvm.registry import {registry_name} as registry\n'
        "assert not [m for m in sys.modules if m.startswith('rvm.') and m != 'rvm.registry']\n"
        f'missing = [name for name in {names} if registry.get(name) is None]\n'
        'assert not missing, missing\n'
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize('registry_name', list(REGISTRIES))
def test_a_registered_name_is_the_name_of_its_class(registry_name):
    for name, entry in _names(registry_name).items():
        if inspect.isclass(entry):
            assert entry.__name__ == name


def test_an_unknown_name_is_not_found():
    assert registry.MODELS.get('NoSuchNetwork') is None


def test_ours_and_the_parents_names_are_both_found():
    assert registry.MODELS.parent is MMENGINE_MODELS
    assert registry.MODELS.get('mmengine.BaseDataPreprocessor') is BaseDataPreprocessor
    assert MMENGINE_MODELS.get('rvm.MattingNetwork') is _names('MODELS')['MattingNetwork']
