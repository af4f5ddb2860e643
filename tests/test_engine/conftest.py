"""A small config to run."""

from pathlib import Path

import pytest
from mmengine.config import Config

from rvm.datasets.config import load_config
from tests.conftest import ROOT


@pytest.fixture
def config(demo_root: Path) -> Config:
    """The demo benchmark on the tiny data root, without worker processes."""
    return load_config(
        ROOT / 'configs' / 'benchmarks' / 'videomatte_demo.py',
        str(demo_root),
        {
            'test_dataloader.num_workers': 0,
            'test_dataloader.sampler.chunk': 3,
            'test_evaluator.workers': 0,
            'test_evaluator.strips': 1,
        },
    )
