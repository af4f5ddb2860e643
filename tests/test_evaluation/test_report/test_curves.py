import json
import re

import numpy as np
import pytest

from rvm.evaluation.report.curves import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    draw_curves,
    nice_ceiling,
    thin,
    tick_texts,
)
from tests.test_evaluation.test_report.pages import Page


def curves_of(svg):
    return [found for found in Page(svg).attributes('path') if found['class'].startswith('curve')]


def points(path):
    return [tuple(map(float, pair)) for pair in re.findall(r'[ML]([-\d.]+),([-\d.]+)', path['d'])]


def test_points_are_where_the_values_are():
    values = np.array([0.0, 5.0, 10.0, 2.5])
    (curve,) = curves_of(draw_curves([values], 'MAD'))
    across = (WIDTH - LEFT - RIGHT) / 3
    down = HEIGHT - BOTTOM - TOP
    expected = [(LEFT + n * across, HEIGHT - BOTTOM - down * v / 10) for n, v in enumerate(values)]
    assert points(curve) == [pytest.approx(pair, abs=0.06) for pair in expected]
    assert json.loads(curve['data-v']) == [0, 5, 10, 2.5]
    assert curve['d'].count('M') == 1


def test_gaps_stay_gaps():
    values = np.array([np.nan, 1.0, np.nan, 2.0, 3.0])
    (curve,) = curves_of(draw_curves([values], 'MAD'))
    assert len(points(curve)) == 3
    assert curve['d'].count('M') == 2
    assert re.match(r'M[\d.]+,[\d.]+h0M', curve['d'])  # a lonely value is a dot
    assert json.loads(curve['data-v']) == [None, 1, None, 2, 3]


def test_marks_and_mean():
    values = np.array([1.0, 4.0, np.nan])
    page = Page(draw_curves([values], 'MAD', marks=[1, 2], mean=2.5))
    (mark,) = page.attributes('circle')
    assert mark['class'] == 'mark'
    assert points(curves_of(draw_curves([values], ''))[0])[1] == (
        float(mark['cx']),
        float(mark['cy']),
    )
    (mean,) = [found for found in page.attributes('path') if found['class'] == 'mean']
    top, bottom = TOP, HEIGHT - BOTTOM
    assert mean['d'].startswith(f'M{LEFT},{bottom - (bottom - top) * 2.5 / 4:.1f}h')


def test_curves_of_several_runs_share_a_scale():
    svg = draw_curves([np.array([1.0, 2.0]), np.array([8.0, 4.0])], 'MAD')
    first, second = curves_of(svg)
    assert (first['class'], second['class']) == ('curve c0', 'curve c1')
    assert points(second)[0][1] == TOP
    assert points(first)[0][1] > points(second)[1][1] > TOP


def test_long_curves_are_thinned_and_keep_their_peaks():
    rng = np.random.default_rng(0)
    values = rng.random(20_000)
    values[12_345] = 9
    values[100:400] = np.nan
    frames = thin(values)
    assert len(frames) <= 400
    assert 12_345 in frames
    assert (np.diff(frames) > 0).all()
    (curve,) = curves_of(draw_curves([values], 'MAD'))
    assert json.loads(curve['data-n']) == frames.tolist()
    assert len(json.loads(curve['data-v'])) == len(frames)
    assert curve['d'].count('M') == 2
    assert 'data-n' not in curves_of(draw_curves([values[:400]], ''))[0]


@pytest.mark.parametrize(
    'values', [[], [3.0], [np.nan], [0.0, 0.0], [1e-9, 2e-9], [1e9, 1.0]], ids=str
)
def test_odd_values(values):
    svg = draw_curves([np.array(values)], 'a "label" <&>', mean=0.0)
    page = Page(svg)
    assert page.attributes('svg')[0]['aria-label'] == 'a "label" <&>'
    assert 'nan' not in svg
    assert 'inf' not in svg


@pytest.mark.parametrize(
    ('value', 'top'),
    [(0, 1), (1, 1), (0.97, 1), (11.4, 12), (20.1, 24), (99, 100), (3e-5, 3e-5), (np.nan, 1)],
)
def test_scales_end_at_short_numbers(value, top):
    assert nice_ceiling(value) == pytest.approx(top)


def test_ticks_are_names_of_frames():
    def ticks(names):
        svg = draw_curves([np.ones(len(names))], '', names=names)
        return re.findall(r'class="x">([^<]*)<', svg)

    assert ticks([f'{number:04}' for number in range(10, 20)]) == ['0010', '0012', '0014', '0016']
    assert ticks([f'take<2>_{number}' for number in range(5)]) == ['0', '1', '2', '3']
    assert ticks(['<']) == ['&lt;']
    assert re.findall(r'class="x">([^<]*)<', draw_curves([np.ones(3)], '')) == ['0', '1']


def test_names_too_long_for_ticks_keep_their_ends():
    assert tick_texts(['shot1_0100', 'shot1_0150']) == ['0100', '0150']
    assert tick_texts(['a_long_name', 'b_long_name']) == ['..g_name', '..g_name']
    assert tick_texts(['shot12', 'shot17']) == ['12', '17']
    assert tick_texts([]) == []


def test_coordinates_are_short():
    svg = draw_curves([np.random.default_rng(0).random(100) * 7.123456], 'MAD')
    assert not re.search(r'\d\.\d{2}', re.sub(r'data-v="[^"]+"', '', svg))
    assert len(svg) < 3000
