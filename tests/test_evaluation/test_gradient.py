import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvm.evaluation import gradient
from rvm.evaluation.gradient import gradient_error
from tests.test_evaluation.mattes import blocky_pairs, hairy_pair, noisy_pairs
from tests.test_evaluation.references import reference_grad

PROTOCOLS = ('low', 'high')


def _expected(pair, protocol: str) -> float:
    return 1000 * reference_grad(*(frame / 255 for frame in pair), protocol)


@given(pair=blocky_pairs() | noisy_pairs(), protocol=st.sampled_from(PROTOCOLS))
def test_equals_an_independent_computation(pair, protocol):
    found = gradient_error(*pair, protocol)
    assert found == pytest.approx(_expected(pair, protocol), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize('protocol', PROTOCOLS)
@pytest.mark.parametrize('size', [(90, 150), (33, 700), (400, 30)])
def test_a_hairy_matte(protocol, size):
    """Larger than a band, with flat parts between."""
    pair = hairy_pair(size)
    regions = list(gradient._regions(*pair, True))
    area = sum((bottom - top) * (right - left) for top, bottom, left, right in regions)
    assert len(regions) > 1
    assert area < 0.95 * pair[0].size
    found = gradient_error(*pair, protocol)
    assert found == pytest.approx(_expected(pair, protocol), rel=1e-5)


@pytest.mark.parametrize('protocol', PROTOCOLS)
@pytest.mark.parametrize('place', [(0, 0), (15, 31), (16, 32), (63, 64), (64, 100), (99, 199)])
def test_a_single_pixel_anywhere(protocol, place):
    """At the borders of strips, bands and frames."""
    true = np.zeros((100, 200), np.uint8)
    true[40:60, 80:120] = 200
    pred = true.copy()
    pred[place] = 120
    found = gradient_error(pred, true, protocol)
    assert found == pytest.approx(_expected((pred, true), protocol), rel=1e-5)


@pytest.mark.parametrize('kind', ['uint16', 'float16', 'float32', 'float64'])
@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_the_type_does_not_matter(kind, protocol):
    pair = hairy_pair()
    if kind == 'uint16':
        others = [frame.astype(kind) * 257 for frame in pair]
    else:
        others = [(frame / 255).astype(kind) for frame in pair]
    expected = _expected(pair, protocol)
    rel = 1e-2 if kind == 'float16' else 1e-5
    assert gradient_error(*others, protocol) == pytest.approx(expected, rel=rel)
    assert gradient_error(pair[0], others[1], protocol) == pytest.approx(expected, rel=rel)


def test_the_low_protocol_normalises_each_frame():
    true = hairy_pair()[1]
    faint = true // 2 + 40
    assert gradient_error(faint, true, 'low') < 0.01 * gradient_error(faint, true, 'high')
    flat = np.full_like(true, 77)
    nothing = np.zeros_like(true)
    assert gradient_error(flat, true, 'low') == gradient_error(nothing, true, 'low') > 0
    assert gradient_error(flat, nothing, 'low') == 0


def test_kernels_are_those_of_the_protocol():
    along, across = gradient.kernels()
    assert (gradient.HALF, along.shape, across.shape) == (4, (9,), (9,))
    assert np.linalg.norm(np.outer(across, along)) == pytest.approx(1)
