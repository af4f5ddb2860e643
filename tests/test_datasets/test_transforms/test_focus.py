"""Sharpness and blur: chances, ranges, and which streams."""

import numpy as np
import pytest
from scipy import stats

from rvm.datasets.easing import ease
from rvm.datasets.transforms.focus import BlurDrift, Sharpen
from rvm.effects import COLUMN
from tests.test_datasets.clips import fresh_results

SMALL = {'fgr': (4, 4), 'bgr': (4, 4)}


def _column(results, stream, name):
    return results['streams'][stream].effects[:, COLUMN[name]]


def test_one_factor_sharpens_all():
    samples = [Sharpen(1.0)(fresh_results(2, seed, SMALL)) for seed in range(1000)]
    factors = [s['drawn']['sharpness'] for s in samples]
    assert stats.kstest(factors, stats.uniform(0, 8).cdf).pvalue > 0.001
    for results, factor in zip(samples[:50], factors, strict=False):
        for name in SMALL:
            assert (_column(results, name, 'sharpness') == np.float32(factor)).all()


def test_the_chance_to_sharpen():
    samples = [Sharpen(0.1)(fresh_results(2, seed, SMALL)) for seed in range(3000)]
    chosen = [s['drawn']['sharpness'] is not None for s in samples]
    assert np.mean(chosen) == pytest.approx(0.1, abs=0.022)
    for results, sharpened in zip(samples, chosen, strict=True):
        assert (_column(results, 'bgr', 'sharpness') != 1).any() == sharpened


def test_the_chances_to_blur_are_three():
    transform = BlurDrift(fgr=0.1, bgr=0.2, both=0.05)
    drawn = [transform(fresh_results(2, seed, SMALL))['drawn'] for seed in range(3000)]
    blurs = np.array(
        [[d[f'blur_{which}'] is not None for which in ('fgr', 'bgr', 'both')] for d in drawn]
    )
    np.testing.assert_allclose(blurs.mean(0), [0.1, 0.2, 0.05], atol=0.03)
    assert np.abs(np.corrcoef(blurs.T) - np.eye(3)).max() < 0.075


def test_both_ends_are_uniform():
    drawn = [
        BlurDrift(bgr=1.0)(fresh_results(2, s, SMALL))['drawn']['blur_bgr'] for s in range(1000)
    ]
    for end in ('from', 'to'):
        values = [d[end] for d in drawn]
        assert stats.kstest(values, stats.uniform(0, 10).cdf).pvalue > 0.001
    assert np.mean([d['easing'] == 'linear' for d in drawn]) == pytest.approx(0.2, abs=0.051)


@pytest.mark.parametrize(
    ('chances', 'blurred'),
    [({'fgr': 1}, {'fgr'}), ({'bgr': 1}, {'bgr'}), ({'both': 1}, {'fgr', 'bgr'}), ({}, set())],
)
def test_who_is_blurred(chances, blurred):
    results = BlurDrift(**chances)(fresh_results(4, 0, SMALL))
    assert {name for name in SMALL if _column(results, name, 'blur').any()} == blurred


def test_the_only_stream_of_a_segmentation_clip_is_the_foreground():
    results = BlurDrift(fgr=1)(fresh_results(4, 0, {'src': (4, 4)}))
    assert _column(results, 'src', 'blur').any()


def test_sigma_follows_the_curve():
    for seed in range(40):
        results = BlurDrift(fgr=1, sigma=(2, 10))(fresh_results(8, seed, SMALL))
        blur = results['drawn']['blur_fgr']
        expected = blur['from'] + (blur['to'] - blur['from']) * ease(blur['easing'], 8)
        np.testing.assert_allclose(_column(results, 'fgr', 'blur'), expected.clip(0), rtol=1e-5)


def test_where_a_curve_overshoots_there_is_no_blur(monkeypatch):
    monkeypatch.setattr('rvm.datasets.transforms.focus.draw_easing', lambda rng: 'back_in')
    overshot = 0
    for seed in range(60):
        results = BlurDrift(fgr=1)(fresh_results(20, seed, SMALL))
        blur = results['drawn']['blur_fgr']
        below = blur['from'] + (blur['to'] - blur['from']) * ease('back_in', 20) < 0
        assert (_column(results, 'fgr', 'blur')[below] == 0).all()
        overshot += below.any()
    assert overshot > 0


def test_two_blurs_of_a_stream_are_both_carried_out():
    noise = np.random.default_rng(0).integers(0, 256, (1, 60, 60, 4), dtype=np.uint8)

    def spread(**chances):
        results = fresh_results(1, 0, {'fgr': (60, 60)})
        results['streams']['fgr'].replace(noise)
        results = BlurDrift(**chances, sigma=(3, 3))(results)
        return results['streams']['fgr'].render().std()

    assert spread(fgr=1) == spread(both=1) < 0.4 * noise.std()
    assert spread(fgr=1, both=1) < 0.8 * spread(fgr=1)
