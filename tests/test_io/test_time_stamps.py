from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rvm.io.time_stamps import average_rate, exact_grid, is_variable, separate_equal

MS = Fraction(1, 1000)
NTSC = Fraction(30000, 1001)


def rounded(rate, count, first=Fraction(0), tick=MS):
    return np.array([round((first + i / rate) / tick) for i in range(count)], np.int64)


@pytest.mark.parametrize(
    ('stamps', 'expected', 'parts'),
    [
        ([], [], 1),
        ([5], [5], 1),
        ([0, 33, 67], [0, 33, 67], 1),
        ([0, 33, 67, 67, 133], [0, 66, 134, 200, 266], 2),
        ([0, 0, 40, 80], [0, 40, 80, 160], 2),
        ([0, 40, 80, 80], [0, 80, 160, 240], 2),
        ([0, 40, 80, 80, 80, 9000, 9040], [0, 120, 240, 360, 480, 27000, 27120], 3),
        ([7, 7, 7], [21, 24, 27], 3),
    ],
)
def test_equal_stamps_are_spread(stamps, expected, parts):
    found, found_parts = separate_equal(np.array(stamps, np.int64))
    assert (found.tolist(), found_parts) == (expected, parts)


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=40))
def test_spread_stamps_rise_and_stay_between_their_neighbours(stamps):
    stamps = np.sort(np.array(stamps, np.int64))
    found, parts = separate_equal(stamps)
    assert (np.diff(found) > 0).all()
    assert (found >= stamps * parts).all()
    single = np.isin(stamps, np.unique(stamps)[np.unique(stamps, return_counts=True)[1] == 1])
    assert np.array_equal(found[single], stamps[single] * parts)


@pytest.mark.parametrize('rate', [Fraction(30), NTSC, Fraction(24000, 1001), Fraction(60)])
@pytest.mark.parametrize('first', [Fraction(0), Fraction(7, 1000)])
def test_rounded_stamps_become_exact(rate, first):
    ticks, unit = exact_grid(rounded(rate, 500, first), MS, rate, MS)
    assert [int(tick) * unit for tick in ticks] == [first + i / rate for i in range(500)]
    assert unit.numerator == 1


def test_stamps_that_do_not_fit_stay_as_they_are():
    stamps = rounded(Fraction(30), 100)
    assert exact_grid(stamps, MS, NTSC, MS) is None
    off = stamps.copy()
    off[50] += 2
    assert exact_grid(off, MS, Fraction(30), MS) is None
    assert exact_grid(rounded(Fraction(25), 100), MS, Fraction(25), MS) is None
    assert exact_grid(stamps[:1], MS, Fraction(30), MS) is None
    fine = Fraction(1, 10**9)
    assert exact_grid(rounded(NTSC, 9, fine, fine), fine, NTSC, fine) is None


def test_rounding_is_not_variable_but_a_tick_of_few_is():
    assert not is_variable(rounded(Fraction(30), 100))
    assert is_variable(np.array([0, 33, 67, 133]))
    assert is_variable(np.array([0, 2, 5, 7, 10]))
    assert not is_variable(np.array([0, 66, 134, 200, 266]), parts=2)


def test_the_announced_rate_must_fit():
    stamps = rounded(NTSC, 3000)
    assert average_rate(stamps, MS, False, [Fraction(30), NTSC]) == NTSC
    assert average_rate(stamps[:1], MS, False, [None, NTSC]) == NTSC
    assert average_rate(stamps[:1], MS, False, [None]) == 25


def test_a_measured_rate_fits_into_ffmpeg():
    stamps = np.arange(108_000, dtype=np.int64) * 3000
    stamps[-1] += 123
    rate = average_rate(stamps, Fraction(1, 90000), True, [])
    assert max(rate.numerator, rate.denominator) < 2**31
    assert abs(rate * (int(stamps[-1]) * Fraction(1, 90000)) - 107_999) < 1e-3
