import math

import pytest

from rvm.evaluation.report.summary import (
    OVER_CLIPS,
    OVER_FRAMES,
    change,
    lowest,
    lowest_as_shown,
    measure_of,
    show,
    show_change,
    summary_rows,
)
from rvm.evaluation.scoring import main_measure
from tests.test_evaluation.test_report.examples import make_clip, make_results


def test_rows_say_what_is_averaged_over_what():
    results = make_results()
    rows = {row.name: row for row in summary_rows(results)}
    names = ['videomatte_static', 'videomatte_motion', OVER_CLIPS, OVER_FRAMES, 'RVM MobileNetV3']
    assert list(rows) == names
    assert [row.kind for row in rows.values()] == ['dataset'] * 2 + ['all'] * 2 + ['published']
    assert (rows[names[0]].num_clips, rows[names[0]].num_frames) == (3, 30)
    means = [clip.values['pha_mad'].mean() for clip in results.clips]
    assert rows[OVER_CLIPS].means['pha_mad'] == pytest.approx(sum(means) / 6)
    weighted = sum(m * len(clip.frames) for m, clip in zip(means, results.clips, strict=True))
    assert rows[OVER_FRAMES].means['pha_mad'] == pytest.approx(weighted / results.num_frames)
    assert rows[OVER_FRAMES].means['pha_mad'] != rows[OVER_CLIPS].means['pha_mad']
    assert rows['RVM MobileNetV3'].num_clips is None


def test_one_data_set_has_no_row_of_its_own():
    results = make_results()
    results.clips = [make_clip('only/0')]
    assert [row.kind for row in summary_rows(results)] == ['all', 'all', 'published']


@pytest.mark.parametrize(
    ('value', 'text'),
    [
        (None, '-'),
        (math.nan, '-'),
        (0.0, '0.00'),
        (6.0789, '6.08'),
        (0.1, '0.10'),
        (0.0123, '0.0123'),
        (0.00001234, '1.2e-05'),
        (1234.5, '1234.50'),
    ],
)
def test_numbers_are_written_as_in_papers(value, text):
    assert show(value) == text


@pytest.mark.parametrize(
    ('value', 'base', 'text'),
    [
        (5.0, 4.0, '+25.0%'),
        (3.0, 4.0, '-25.0%'),
        (3.9999, 4.0, '0.0%'),
        (0.0, 0.0, '0.0%'),
        (1.0, 0.0, '-'),
        (None, 1.0, '-'),
        (1.0, None, '-'),
    ],
)
def test_changes(value, base, text):
    assert show_change(change(value, base)) == text


def test_the_lowest_is_found():
    assert lowest({'a': 1.0, 'b': 2.0, 'c': None}) == {'a'}
    assert lowest({'a': 1.0, 'b': 1.0, 'c': 2.0}) == {'a', 'b'}
    assert lowest({'a': 1.0, 'b': 1.0}) == set()
    assert lowest({'a': 1.0, 'b': None}) == set()
    assert lowest({'a': 1.001, 'b': 1.002}) == {'a'}
    assert lowest_as_shown({'a': 1.001, 'b': 1.002}) == set()
    assert lowest_as_shown({'a': 1.001, 'b': 1.002, 'c': 1.01}) == {'a', 'b'}


def test_measures():
    assert measure_of('pha_mad').title == 'MAD'
    assert measure_of('future').title == 'future'
    assert main_measure(('pha_mse', 'pha_mad')) == 'pha_mad'
    assert main_measure(('fgr_mse', 'pha_mse')) == 'fgr_mse'
