"""A tiny data root, and people to look at; made once, never changed."""

from pathlib import Path

import numpy as np
import pytest

from rvm.datasets.demo import TINY, make_demo_data
from rvm.datasets.demo.matting_sets import clip_person
from rvm.datasets.demo.person import Person


@pytest.fixture(scope='session')
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('demo') / 'root'
    make_demo_data(path, seed=3, size=TINY)
    return path


@pytest.fixture(scope='session')
def people() -> list[Person]:
    """Six people, every framing and action among them."""
    return [clip_person(5, 'train', number, TINY) for number in range(6)]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)
