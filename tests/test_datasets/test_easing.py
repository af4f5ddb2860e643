"""Easing curves against the values that their equations have at known points."""

import numpy as np
import pytest

from rvm.datasets.easing import EASINGS, NOT_LINEAR, draw_easing, ease


def test_there_are_linear_ten_families_and_a_step():
    families = {'back', 'bounce', 'circular', 'cubic', 'elastic', 'exponential'}
    families |= {'quadratic', 'quartic', 'quintic', 'sine'}
    names = {f'{family}_{way}' for family in families for way in ('in', 'out', 'in_out')}
    assert set(EASINGS) == names | {'linear', 'step'}


@pytest.mark.parametrize('name', list(EASINGS))
def test_curves_lead_from_0_to_1(name):
    values = ease(name, 101)
    assert values[0] == pytest.approx(0, abs=1e-12)
    assert values[-1] == pytest.approx(1, abs=1e-12)
    inside = name.startswith(('back', 'elastic'))
    assert (values.min() < -0.05 or values.max() > 1.05) == inside


@pytest.mark.parametrize(
    'family', sorted({n.rsplit('_in')[0].rsplit('_out')[0] for n in NOT_LINEAR} - {'step'})
)
def test_out_mirrors_in_and_in_out_joins_them(family):
    t = np.linspace(0, 1, 101)
    enter, leave, both = (EASINGS[f'{family}_{way}'] for way in ('in', 'out', 'in_out'))
    np.testing.assert_allclose(leave(t), 1 - enter(1 - t), atol=1e-12)
    np.testing.assert_allclose(both(t[:50]), enter(2 * t[:50]) / 2, atol=1e-12)
    np.testing.assert_allclose(both(t), 1 - both(1 - t), atol=1e-9)


@pytest.mark.parametrize(
    ('name', 't', 'value'),
    [
        ('quadratic_in', 0.5, 0.25),
        ('cubic_in', 0.5, 0.125),
        ('quartic_in', 0.5, 0.0625),
        ('quintic_in', 0.5, 0.03125),
        ('sine_in', 0.5, 1 - np.sqrt(0.5)),
        ('circular_in', 0.6, 0.2),
        ('exponential_in', 0.5, 2.0**-5),
        ('back_in', 0.5, 0.125 * 2.70158 - 0.25 * 1.70158),
        ('elastic_in', 0.7, -(2.0**-3) * np.sin(-3.75 * 2 * np.pi / 3)),
        ('bounce_out', 0.5, 7.5625 * (0.5 - 1.5 / 2.75) ** 2 + 0.75),
        ('bounce_out', 1 / 2.75, 1.0),
        ('step', 0.49, 0.0),
        ('step', 0.5, 1.0),
    ],
)
def test_values(name, t, value):
    assert EASINGS[name](np.array([t]))[0] == pytest.approx(value, abs=1e-12)


def test_one_frame_is_at_the_start():
    assert ease('linear', 1).tolist() == [0.0]


def test_a_fifth_is_linear_and_the_rest_uniform():
    rng = np.random.default_rng(0)
    names = [draw_easing(rng) for _ in range(20_000)]
    counts = {name: names.count(name) for name in EASINGS}
    assert counts['linear'] == pytest.approx(4000, abs=4 * np.sqrt(20_000 * 0.16))
    expected = 16_000 / len(NOT_LINEAR)
    chi2 = sum((counts[name] - expected) ** 2 / expected for name in NOT_LINEAR)
    assert chi2 < 60  # 30 degrees of freedom: p = 0.001
