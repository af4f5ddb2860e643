import colorsys

import numpy as np
import pytest

from rvm.effects import CropView
from rvm.effects.definitions import blur_kernel, grain_extent, sharpness_factor, turn_parts

HALF = CropView(512, 256, 200)


@pytest.mark.parametrize(
    ('sigma', 'taps'),
    [(1, 3), (1.49, 3), (1.5, 3), (1.99, 3), (2, 5), (2.5, 5), (9.99, 19), (10, 21)],
)
def test_the_kernel_has_int_of_two_sigma_taps_made_odd_upwards(sigma, taps):
    kernel = blur_kernel(sigma)
    assert len(kernel) == taps
    x = np.arange(taps) - taps // 2
    expected = np.exp(-(x**2) / (2 * sigma**2))
    np.testing.assert_allclose(kernel, expected / expected.sum(), rtol=1e-6)


@pytest.mark.parametrize('sigma', [2, 3.3, 5, 10])
@pytest.mark.parametrize('side', [256, 300, 384, 512])
def test_a_view_scales_the_kernel(sigma, side):
    view = CropView(512, side, side)
    full, kernel = blur_kernel(sigma), blur_kernel(sigma, view)
    np.testing.assert_allclose(kernel.sum(), 1, rtol=1e-6)
    np.testing.assert_array_equal(kernel, kernel[::-1])
    assert _spread(kernel) == pytest.approx(_spread(full) * view.scale, rel=0.1)
    if side == 512:
        np.testing.assert_array_equal(kernel, full)


def _spread(kernel):
    return np.sqrt((kernel * (np.arange(len(kernel)) - len(kernel) // 2) ** 2).sum())


def test_a_view_scales_sharpness_and_counts_grains_on_the_whole():
    assert sharpness_factor(5.0, None) == 5
    assert sharpness_factor(5.0, HALF) == 2
    assert sharpness_factor(1.0, HALF) == 1
    assert grain_extent(30, 40, None) == (30, 40)
    assert grain_extent(256, 200, HALF) == (512, 512)


@pytest.mark.parametrize('turn', [-0.5, -1 / 3, -0.2, -0.01, 0, 0.01, 1 / 6, 0.3, 0.5])
def test_the_formula_of_the_hue_is_hsv(turn):
    thirds, sixths = turn_parts(turn)
    assert abs(sixths) <= 1
    for rgb in np.random.default_rng(0).random((50, 3)):
        h, s, v = colorsys.rgb_to_hsv(*rgb)
        x = np.roll(rgb, thirds)
        d = x.max() - x.min()
        result = []
        for c, n, p in zip(x, np.roll(x, -1), np.roll(x, -2), strict=True):
            n, p = (p, n) if sixths < 0 else (n, p)
            room = (1 - abs(sixths)) * d
            down, up = min(c - x.min(), n - p - room), min(x.max() - c, p - n - room)
            result.append(c - max(0, down) + max(0, up))
        np.testing.assert_allclose(result, colorsys.hsv_to_rgb((h + turn) % 1, s, v), atol=1e-9)
