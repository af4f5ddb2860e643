import numpy as np
import pytest
import torch

from rvm.errors import DataError
from rvm.evaluation.arrays import PEAKS
from rvm.evaluation.region import unknown_region


def _as(frame: np.ndarray, kind: str) -> np.ndarray:
    """Return a frame of uint8 as another type, 255 as the value that stands for 1."""
    return (frame * (PEAKS[kind] / 255)).astype(kind)


@pytest.mark.parametrize('kind', PEAKS)
def test_the_unknown_region_is_what_lies_near_an_edge(kind):
    true = np.zeros((41, 61), np.uint8)
    true[:, 30:] = 255
    true[20, 10] = 77  # soft, and far from the edge
    region = unknown_region(_as(true, kind), radius=3)
    assert region.dtype == bool
    assert region[5].nonzero()[0].tolist() == list(range(27, 33))
    assert region[20].nonzero()[0].tolist() == [*range(7, 14), *range(27, 33)]
    assert region[:, 10].nonzero()[0].tolist() == list(range(17, 24))
    assert not region[17, 7]  # round
    assert unknown_region(_as(true, kind), radius=0).nonzero() == ([20], [10])
    tensor = unknown_region(torch.from_numpy(_as(true, kind))[None], radius=3)
    assert tensor.dtype == torch.bool
    np.testing.assert_array_equal(tensor.numpy(), region[None])


def test_nothing_is_unknown_in_a_flat_frame():
    for value in (0, 255):
        assert not unknown_region(np.full((1, 9, 9), value, np.uint8)).any()
    assert unknown_region(np.full((1, 9, 9), 9, np.uint8)).all()


@pytest.mark.parametrize('kind', [np.int8, np.uint8, np.int64])
def test_a_radius_of_any_integer_type(kind):
    true = np.zeros((9, 300), np.uint8)
    true[:, 150:] = 255
    assert np.array_equal(unknown_region(true, kind(100)), unknown_region(true, 100))


@pytest.mark.parametrize(
    'radius', [-1, 1.5, True, np.True_, np.int64(-1), np.float32(2), '3', None]
)
def test_a_radius_that_is_none_is_refused(radius):
    with pytest.raises(DataError, match='radius is'):
        unknown_region(np.zeros((4, 5), np.uint8), radius)
