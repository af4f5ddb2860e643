"""No test of the data sets touches the user's cache."""

from types import SimpleNamespace

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    """The folder of this test's own index cache."""
    folder = tmp_path_factory.mktemp('cache')
    monkeypatch.setenv('RVM_CACHE_DIR', str(folder))
    return folder


@pytest.fixture(autouse=True)
def _no_collection(monkeypatch):
    """Leave out the collection of garbage with which mmengine ends every index, 0.2 s each."""
    quiet = SimpleNamespace(collect=lambda: 0)
    monkeypatch.setattr('mmengine.dataset.base_dataset.gc', quiet)
