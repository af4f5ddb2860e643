import numpy as np
import pytest
import torch
from scipy import stats

from rvm.effects.noise import grid_size, normal_grid, normal_grids, row_keys

CPU = torch.device('cpu')
SEEDS = np.array([0, 1, 2, 3, 1000, 2**24 - 1])


@pytest.mark.parametrize(
    ('g', 'expected'), [(1, (100, 31)), (1.5, (67, 21)), (4, (25, 8)), (1000, (1, 1))]
)
def test_grid_size_is_rounded_and_at_least_one(g, expected):
    assert grid_size(100, 31, g) == expected


@pytest.mark.parametrize('size', [(3, 50, 70), (1, 1, 1), (2, 300, 257)])
def test_worker_and_device_make_the_same_noise(size):
    grids = normal_grids(SEEDS, *size, CPU)
    assert grids.shape == (len(SEEDS), *size)
    assert grids.dtype == torch.float32
    for seed, grid in zip(SEEDS, grids, strict=True):
        np.testing.assert_array_equal(normal_grid(int(seed), *size), grid.numpy())


@pytest.mark.gpu
def test_the_gpu_makes_the_same_noise():
    if not torch.cuda.is_available():
        pytest.skip('no CUDA device')
    grids = normal_grids(SEEDS, 3, 50, 70, torch.device('cuda'))
    assert torch.equal(grids.cpu(), normal_grids(SEEDS, 3, 50, 70, CPU))


def test_the_noise_stays_what_it_was():
    grid = normal_grid(12345, 3, 4, 5)
    golden = [-0.017308, 1.133283, 0.342737, 0.286227, -0.051217]
    np.testing.assert_allclose(grid[1, 2], golden, atol=1e-5)


def test_the_noise_is_standard_normal():
    noise = normal_grid(7, 3, 256, 256).ravel()
    error = len(noise) ** -0.5
    assert abs(noise.mean()) < 4 * error
    assert abs(noise.var() - 1) < 4 * error * 2**0.5
    assert abs(stats.skew(noise)) < 4 * error * 6**0.5
    assert abs(stats.kurtosis(noise)) < 4 * error * 24**0.5
    assert stats.kstest(noise, 'norm').pvalue > 0.001
    assert 4 < np.abs(noise).max() < 4.5


@pytest.mark.parametrize(
    'shift', [(1, 0), (0, 1), (1, 1), (1, -1), (2, 0), (0, 2), (0, 16), (64, 0)]
)
def test_neighbours_are_independent(shift):
    noise = normal_grid(8, 1, 300, 300)[0]
    other = np.roll(noise, shift, (0, 1))
    assert abs(np.corrcoef(noise.ravel(), other.ravel())[0, 1]) < 4 / 300
    # not even their sizes
    assert abs(np.corrcoef(noise.ravel() ** 2, other.ravel() ** 2)[0, 1]) < 4 / 300


def test_channels_and_frames_are_independent():
    grids = normal_grids(np.arange(6) * 5, 3, 120, 120, CPU).reshape(18, -1).numpy()
    correlation = np.corrcoef(grids) - np.eye(18)
    assert np.abs(correlation).max() < 5 / 120


def test_no_line_or_pattern_stands_out_in_the_spectrum():
    noise = normal_grid(9, 1, 256, 256)[0]
    power = np.abs(np.fft.fft2(noise)) ** 2 / noise.size
    # exponentially distributed: the largest of 65536 is about 11, rows and columns average to 1
    assert power.max() < 20
    assert np.abs(power.mean(0) - 1).max() < 0.35
    assert np.abs(power.mean(1) - 1).max() < 0.35


def test_no_two_rows_have_the_same_key():
    keys = row_keys(np.arange(20), 3, 500)
    assert keys.dtype == np.uint32
    assert len(np.unique(keys)) > 0.999 * keys.size
