"""Fixtures for the tests of weights files."""

from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import onnx
import pytest

from rvm.models.weights_file import Weights, read_weights
from tests.golden_weights import golden_state
from tests.test_models.published_onnx import emit


@pytest.fixture(scope='session')
def emitted() -> Callable[[str], tuple[onnx.ModelProto, dict[str, np.ndarray]]]:
    """Call with a backbone: an ONNX model like the published one, and the values in it.

    The model is a fresh copy every time; the values are keyed by published name.
    """

    @cache
    def make(backbone: str) -> tuple[onnx.ModelProto, dict[str, np.ndarray]]:
        return emit(golden_state(backbone))

    def copy(backbone: str) -> tuple[onnx.ModelProto, dict[str, np.ndarray]]:
        model, values = make(backbone)
        fresh = onnx.ModelProto()
        fresh.CopyFrom(model)
        return fresh, values

    return copy


@pytest.fixture(scope='session')
def onnx_files(emitted, tmp_path_factory) -> Callable[[str], Path]:
    """Call with a backbone: the emitted model as a file."""
    folder = tmp_path_factory.mktemp('onnx')

    @cache
    def write(backbone: str) -> Path:
        path = folder / f'rvm_{backbone}_fp32.onnx'
        onnx.save(emitted(backbone)[0], path)
        return path

    return write


@pytest.fixture(scope='session')
def onnx_read(onnx_files) -> Callable[[str], Weights]:
    """Call with a backbone: what `read_weights` makes of the emitted file; not to be modified."""
    return lru_cache(maxsize=None)(lambda backbone: read_weights(onnx_files(backbone)))
