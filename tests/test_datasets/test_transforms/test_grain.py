"""Grain: chances, ranges, and what is shared."""

import numpy as np
import pytest
from scipy import stats

from rvm.datasets.transforms.grain import AddGrain
from rvm.effects import COLUMN, MAX_GRAIN_SEED
from tests.test_datasets.clips import fresh_results

SMALL = {'fgr': (4, 4), 'bgr': (4, 4)}


def _column(results, stream, name):
    return results['streams'][stream].effects[:, COLUMN[name]]


@pytest.fixture(scope='module')
def samples():
    return [AddGrain(1.0)(fresh_results(3, seed, SMALL)) for seed in range(1500)]


def test_the_chance():
    drawn = [AddGrain(0.1)(fresh_results(2, seed, SMALL))['drawn']['grain'] for seed in range(3000)]
    assert np.mean([d is not None for d in drawn]) == pytest.approx(0.1, abs=0.022)


def test_size_is_uniform_and_mono_even(samples):
    sizes = np.array([s['drawn']['grain']['size'] for s in samples])
    assert stats.kstest(sizes, stats.uniform(1, 3).cdf).pvalue > 0.001
    mono = [s['drawn']['grain']['mono'] for s in samples]
    assert np.mean(mono) == pytest.approx(0.5, abs=0.052)


def test_strength_is_uniform_up_to_a_bound_that_falls_with_the_size(samples):
    both = np.array([list(s['drawn']['grain']['strength'].values()) for s in samples])
    sizes = np.array([[s['drawn']['grain']['size']] for s in samples])
    shares = both * sizes / 0.2
    for column in shares.T:
        assert stats.kstest(column, 'uniform').pvalue > 0.001
    assert abs(np.corrcoef(shares.T)[0, 1]) < 0.1  # each stream's own


def test_what_was_drawn_is_what_is_planned(samples):
    for results in samples[:20]:
        drawn = results['drawn']['grain']
        for name in ('fgr', 'bgr'):
            for column, value in (
                ('grain_size', drawn['size']),
                ('grain_mono', drawn['mono']),
                ('grain_strength', drawn['strength'][name]),
            ):
                np.testing.assert_array_equal(_column(results, name, column), np.float32(value))


def test_every_frame_of_every_stream_has_noise_of_its_own(samples):
    seeds = np.array([[_column(s, name, 'grain_seed') for name in ('fgr', 'bgr')] for s in samples])
    assert len(np.unique(seeds)) > 0.999 * seeds.size
    assert stats.kstest(seeds.ravel(), stats.uniform(0, MAX_GRAIN_SEED).cdf).pvalue > 0.001


def test_the_same_generator_gives_the_same_grain():
    one, other = (AddGrain(1.0)(fresh_results(3, 5, SMALL)) for _ in range(2))
    assert np.array_equal(one['streams']['bgr'].render(), other['streams']['bgr'].render())


def test_no_grain_plans_nothing():
    results = AddGrain(0.0)(fresh_results(3, 0, SMALL))
    assert results['drawn']['grain'] is None
    assert not _column(results, 'fgr', 'grain_strength').any()
