"""One data root for the tests of a session; who damages it takes a copy."""

import shutil
from pathlib import Path

import pytest

from tests.test_datasets.test_inspect.roots import make_root


@pytest.fixture(scope='session')
def clean_root(demo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root without faults, not to be written to."""
    return make_root(demo_root, tmp_path_factory.mktemp('clean') / 'data')


@pytest.fixture
def own_root(clean_root: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return shutil.copytree(clean_root, tmp_path / 'data')
