import numpy as np
import pytest

from rvm.datasets.demo.noise import Wobble, smooth_noise


def test_a_wobble_is_smooth_bounded_and_its_own(rng):
    first, second = Wobble(rng, 1.0), Wobble(rng, 1.0)
    times = np.linspace(0, 10, 1001)
    values = np.array([first(time) for time in times])
    assert np.abs(values).max() <= 1
    assert values.std() > 0.2
    assert np.abs(np.diff(values)).max() < 2 * np.pi * 1.5 * 0.01
    assert np.abs(values - [second(time) for time in times]).mean() > 0.1


@pytest.mark.parametrize(('size', 'octaves'), [((64, 64), 1), ((40, 72), 3), ((5, 3), 1)])
def test_noise_fills_the_range_and_has_no_seam(rng, size, octaves):
    noise = smooth_noise(rng, size, 3, octaves)
    assert noise.shape == size
    assert noise.dtype == np.float32
    assert (noise.min(), noise.max()) == (0, 1)
    for axis in (0, 1):
        seam = np.abs(np.take(noise, 0, axis) - np.take(noise, -1, axis)).max()
        assert seam <= 1.5 * np.abs(np.diff(noise, axis=axis)).max() + 1e-6
