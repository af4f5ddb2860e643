import numpy as np
import pytest

from rvm.datasets.demo.shapes import closed_curve, ellipse, limb, strands


def area(polygon: np.ndarray) -> float:
    x, y = polygon.T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def test_a_closed_curve_passes_through_its_points():
    points = np.array([[0.0, 0], [10, 0], [12, 8], [3, 9]])
    curve = closed_curve(points, steps=5)
    np.testing.assert_allclose(curve[::5], points)
    assert len(curve) == 20


def test_areas_of_limb_and_ellipse():
    shape = limb(np.array([2.0, 3]), np.array([32.0, 43]), 4, 4)
    assert area(shape) == pytest.approx(50 * 8 + np.pi * 16, rel=0.01)
    assert area(ellipse(np.zeros(2), (6, 3), 0.7, num=200)) == pytest.approx(np.pi * 18, rel=1e-3)


def test_a_limb_without_length_has_no_bad_numbers():
    assert np.isfinite(limb(np.zeros(2), np.zeros(2), 1, 2)).all()


def test_hairs_are_wide_at_the_root_and_end_in_a_point():
    paths = np.stack([np.linspace([0, 0], [0, 10], 7), np.linspace([0, 0], [8, 6], 7)])
    straight, slanted = strands(paths, np.array([1.0, 2.0]))
    assert len(straight) == 13
    np.testing.assert_allclose(straight[[0, -1]], [[-0.5, 0], [0.5, 0]])
    np.testing.assert_allclose(straight[6], [0, 10])
    assert area(straight) == pytest.approx(10 * 2 / 3, rel=0.05)
    assert area(slanted) == pytest.approx(20 * 2 / 3, rel=0.05)
