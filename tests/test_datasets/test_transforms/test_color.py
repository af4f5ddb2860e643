"""Colours: chances, distributions, and which streams."""

import numpy as np
import pytest
from scipy import stats

from rvm.datasets.easing import ease
from rvm.datasets.transforms.color import CHANGES, ColorDrift, ColorJitter, Greyscale
from rvm.effects import COLUMN, IDENTITY
from tests.test_datasets.clips import fresh_results

SMALL = {'fgr': (4, 4), 'bgr': (4, 4)}
FACTORS = [COLUMN[name] for name in CHANGES]


def _values(results, stream='fgr'):
    return results['streams'][stream].effects[:, FACTORS]


def test_each_stream_drifts_by_its_own_chance():
    drawn = [ColorDrift(0.3)(fresh_results(2, seed, SMALL))['drawn'] for seed in range(3000)]
    drifts = np.array([[d[f'color_{name}'] is not None for name in SMALL] for d in drawn])
    np.testing.assert_allclose(drifts.mean(0), 0.3, atol=0.034)
    assert drifts.all(1).mean() == pytest.approx(0.09, abs=0.021)
    untouched = next(seed for seed, row in enumerate(drifts) if not row.any())
    results = ColorDrift(0.3)(fresh_results(2, untouched, SMALL))
    np.testing.assert_array_equal(_values(results), IDENTITY[FACTORS][None].repeat(2, 0))


def test_ends_are_normal_and_the_strength_uniform():
    samples = [ColorDrift(1.0)(fresh_results(2, seed, SMALL)) for seed in range(800)]
    drawn = [s['drawn'][f'color_{name}'] for s in samples for name in SMALL]
    ends = np.array([[*d['from'].values(), *d['to'].values()] for d in drawn])
    for column in ends.T:
        assert stats.kstest(column / 0.1, 'norm').pvalue > 0.0005
    # eight draws: saturation does not follow brightness
    assert np.abs(np.corrcoef(ends.T) - np.eye(8)).max() < 0.11
    strengths = [d['strength'] for d in drawn]
    assert stats.kstest(strengths, stats.uniform(0, 0.2).cdf).pvalue > 0.001
    linear = np.mean([d['easing'] == 'linear' for d in drawn])
    assert linear == pytest.approx(0.2, abs=0.04)


def test_the_factors_follow_the_curve():
    for seed in range(30):
        results = ColorDrift(1.0, strength=(0.0, 1.0))(fresh_results(6, seed, SMALL))
        drawn = results['drawn']['color_fgr']
        share = ease(drawn['easing'], 6) * drawn['strength']
        for place, name in enumerate(CHANGES):
            v = (1 - share) * drawn['from'][name] + share * drawn['to'][name]
            expected = 0.1 * v if name == 'hue' else 1 + v
            np.testing.assert_allclose(_values(results)[:, place], expected, atol=1e-6)


def test_wild_drifts_stay_in_bounds():
    rows = [_values(ColorDrift(1.0, sigma=9)(fresh_results(3, s, SMALL))) for s in range(50)]
    values = np.concatenate(rows)
    assert values[:, :3].min() == np.float32(0.1)
    assert np.abs(values[:, 3]).max() == 0.5


def test_jitter_is_uniform_and_one_draw_a_clip():
    widths = {'brightness': 0.3, 'contrast': 0.2, 'saturation': 0.1, 'hue': 0.15}
    samples = [ColorJitter(**widths)(fresh_results(3, s, {'src': (4, 4)})) for s in range(1000)]
    for place, (name, width) in enumerate(widths.items()):
        centre = 0 if name == 'hue' else 1
        values = [s['drawn']['jitter_src'][name] for s in samples]
        assert stats.kstest(values, stats.uniform(centre - width, 2 * width).cdf).pvalue > 0.001
        np.testing.assert_allclose(_values(samples[7], 'src')[:, place], values[7], rtol=1e-6)
    drawn = np.array([list(s['drawn']['jitter_src'].values()) for s in samples])
    assert np.abs(np.corrcoef(drawn.T) - np.eye(4)).max() < 0.13


def test_jitter_without_width_changes_nothing_and_factors_end_at_zero():
    results = ColorJitter()(fresh_results(2, 0, SMALL))
    np.testing.assert_array_equal(_values(results), IDENTITY[FACTORS][None].repeat(2, 0))
    values = [_values(ColorJitter(brightness=3)(fresh_results(1, s, SMALL))) for s in range(60)]
    assert 0 <= np.min([v[0, 0] for v in values]) < 0.3


def test_grey_is_for_all_streams_or_none():
    samples = [Greyscale(0.02)(fresh_results(2, seed, SMALL)) for seed in range(4000)]
    grey = [s['drawn']['grey'] for s in samples]
    assert np.mean(grey) == pytest.approx(0.02, abs=0.009)
    for results, expected in zip(samples, grey, strict=True):
        for stream in results['streams'].values():
            assert (stream.effects[:, COLUMN['grey']] == expected).all()


def test_two_changes_of_colour_are_both_carried_out():
    results = fresh_results(1, 1, SMALL)
    before = results['streams']['bgr'].render()[0].astype(float)
    results = ColorJitter(brightness=0.3)(ColorJitter(brightness=0.3)(results))
    after = results['streams']['bgr'].render()[0]
    rng = fresh_results(1, 1, SMALL)['rng']
    factors = [rng.uniform([0.7, 1, 1, 0], [1.3, 1, 1, 0])[0] for _ in range(4)]
    expected = np.clip(np.clip(before * factors[1], 0, 255) * factors[3], 0, 255)
    assert np.abs(after - expected).max() < 1.5
