import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvm.evaluation import connectivity
from rvm.evaluation.connectivity import connectivity_error
from tests.test_evaluation.mattes import blocky_pairs, hairy_pair, noisy_pairs
from tests.test_evaluation.references import reference_conn

WAYS = {'runs': 0, 'labels': 10**9, 'either': connectivity.PIXELS_PER_RUN}


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    """Masks are cut into runs, or their pixels are labelled."""
    monkeypatch.setattr(connectivity, 'PIXELS_PER_RUN', WAYS[request.param])
    return request.param


@pytest.mark.parametrize('way', WAYS)
@given(pair=blocky_pairs() | noisy_pairs())
def test_equals_an_independent_computation(way, pair):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connectivity, 'PIXELS_PER_RUN', WAYS[way])
        found = connectivity_error(*pair)
    assert found == pytest.approx(1000 * reference_conn(*pair, 255), rel=1e-9, abs=1e-9)


@given(pair=blocky_pairs() | noisy_pairs(), kind=st.sampled_from(['float32', 'float64', 'uint16']))
def test_the_type_does_not_matter(pair, kind):
    """Nor do values that lie on a threshold, such as 51 / 255."""
    if kind == 'uint16':
        others = [frame.astype(np.uint16) * 257 for frame in pair]
    else:
        others = [frame.astype(kind) / np.dtype(kind).type(255) for frame in pair]
    found = connectivity_error(*others)
    assert found == pytest.approx(connectivity_error(*pair), rel=1e-5, abs=1e-5)
    mixed = connectivity_error(pair[0], others[1])
    assert mixed == pytest.approx(found, rel=1e-5, abs=1e-5)


def test_sixteen_bits_equal_an_independent_computation():
    pair = np.random.default_rng(0).integers(0, 65536, (2, 12, 17), dtype=np.uint16)
    expected = 1000 * reference_conn(*pair, 65535)
    assert connectivity_error(*pair) == pytest.approx(expected, rel=1e-9)


def test_half_precision_reaches_the_thresholds():
    on = np.full((3, 4), 51, np.uint8)
    above = np.full((3, 4), 204, np.uint8)
    half = [(frame / 255).astype(np.float16) for frame in (on, above)]
    assert connectivity_error(*half) == pytest.approx(connectivity_error(on, above), rel=1e-3)


def test_a_hairy_matte(way):
    pred, true = hairy_pair()
    expected = 1000 * reference_conn(pred, true, 255)
    assert expected > 10
    assert connectivity_error(pred, true) == pytest.approx(expected, rel=1e-9)


def test_of_equal_components_the_first_in_reading_order_counts(way):
    """The one that begins further up, though further right."""
    frame = np.zeros((6, 9), np.uint8)
    frame[0:2, 6:8] = frame[1:3, 1:3] = 255
    pred = frame.copy()
    pred[1:3, 1:3] -= 100  # still above 0.6: in the sets, and outside the component from 0.1 on
    alone = 4 * 100 / 255
    assert connectivity_error(pred, frame) == pytest.approx(alone)
    assert connectivity_error(pred[:, ::-1].copy(), frame[:, ::-1].copy()) == pytest.approx(alone)
    # Upside down the left one is first; the right one is equal in both, and counts nothing.
    levels = 4 * (255 - 255 * 0.6) / 255
    upside = connectivity_error(pred[::-1].copy(), frame[::-1].copy())
    assert upside == pytest.approx(levels)


def test_rows_do_not_run_into_each_other(way):
    """A pixel at the end of a row does not touch the one at the begin of the next."""
    frame = np.zeros((4, 5), np.uint8)
    frame[0, 3:] = frame[1, 0] = 255
    pred = frame.copy()
    pred[1, 0] = 155
    assert connectivity_error(pred, frame) == pytest.approx(100 / 255)


@pytest.mark.parametrize('shape', [(1, 1), (1, 7), (7, 1), (9, 13)])
@pytest.mark.parametrize('value', [0, 25, 26, 255])
def test_flat_frames(way, shape, value):
    frame = np.full(shape, value, np.uint8)
    assert connectivity_error(frame, frame) == 0
    other = 255 - frame
    expected = 1000 * reference_conn(frame, other, 255)
    assert connectivity_error(frame, other) == pytest.approx(expected)


def test_inputs_are_left_alone(way):
    pred, true = hairy_pair()
    copies = pred.copy(), true.copy()
    connectivity_error(pred, true)
    np.testing.assert_array_equal(copies, (pred, true))
