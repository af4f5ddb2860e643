import numpy as np
import pytest

from rvm.errors import DataError
from rvm.evaluation import scoring
from rvm.evaluation.report import Comparison, comparison_table
from rvm.evaluation.report.summary import OVER_CLIPS, OVER_FRAMES
from rvm.evaluation.results import ClipResult
from tests.test_evaluation.test_report.examples import make_results

MEASURES = ('pha_mad', 'pha_mse')


def run(values, measures=MEASURES, **options):
    """Results of clips 'a/0', 'a/1', 'b/0' with constant values, the last of double length."""
    results = make_results(name='set', measures=measures, **{'published': {}, **options})
    results.clips = [
        ClipResult(
            name,
            [f'{frame}' for frame in range(length)],
            (4, 4),
            {measure: np.full(length, float(value)) for measure in measures},
        )
        for name, length, value in zip(['a/0', 'a/1', 'b/0'], [2, 2, 4], values, strict=True)
    ]
    return results


@pytest.fixture
def comparison():
    return Comparison({'one': run([1, 2, 3]), 'two': run([2, 1, 1]), 'three': run([2, 2, 5])})


def test_groups(comparison):
    groups = {group.name: group for group in comparison.groups()}
    assert list(groups) == ['a', 'b', OVER_CLIPS, OVER_FRAMES]
    assert (groups['a'].num_clips, groups['a'].num_frames) == (2, 4)
    means = {name: [line.means['pha_mad'] for line in groups[name].lines] for name in groups}
    assert means['a'] == [1.5, 1.5, 2]
    assert means[OVER_CLIPS] == pytest.approx([2, 4 / 3, 3])
    assert means[OVER_FRAMES] == [2.25, 1.25, 3.5]
    changes = [line.changes['pha_mad'] for line in groups[OVER_CLIPS].lines]
    assert changes == pytest.approx([0, -100 / 3, 50])


def test_the_best_and_the_clips_won(comparison):
    groups = {group.name: group for group in comparison.groups()}
    best = {name: [len(line.best) for line in groups[name].lines] for name in groups}
    assert best == {'a': [2, 2, 0], 'b': [0, 2, 0], OVER_CLIPS: [0, 2, 0], OVER_FRAMES: [0, 2, 0]}
    wins = {name: [line.wins.get('pha_mad') for line in groups[name].lines] for name in groups}
    assert wins == {
        'a': [1, 1, 0],
        'b': [0, 1, 0],
        OVER_CLIPS: [1, 2, 0],
        OVER_FRAMES: [None] * 3,
    }


def test_a_tie_is_won_by_nobody():
    groups = Comparison({'one': run([1, 1, 1]), 'two': run([1, 1, 2])}).groups()
    assert [line.wins['pha_mad'] for line in groups[2].lines] == [1, 0]
    groups = Comparison({n: run([v, v, v]) for n, v in [('a', 1), ('b', 1), ('c', 2)]}).groups()
    assert [line.wins['pha_mad'] for line in groups[2].lines] == [0, 0, 0]


def test_clips_meet_by_name_in_any_order():
    other = run([2, 1, 1])
    other.clips.reverse()
    comparison = Comparison({'one': run([1, 2, 3]), 'two': other})
    assert [{one.clip for one in clip.values()} for clip in comparison.clips()] == [
        {'a/0'},
        {'a/1'},
        {'b/0'},
    ]


def test_measures_of_all_runs():
    comparison = Comparison(
        {'one': run([1, 2, 3], ['pha_mad']), 'two': run([1, 2, 3], ['pha_mse'])}
    )
    assert comparison.measures == ('pha_mad', 'pha_mse')
    line = comparison.groups()[0].lines[0]
    assert line.means['pha_mse'] is None
    assert line.changes['pha_mse'] is None


def test_other_clips_or_protocols_are_refused():
    fewer = run([1, 2, 3])
    del fewer.clips[1]
    with pytest.raises(DataError, match='a/1'):
        Comparison({'one': run([1, 2, 3]), 'two': fewer})
    with pytest.raises(DataError, match='protocol'):
        Comparison({'one': run([1, 2, 3]), 'two': run([1, 2, 3], protocol='high')})


def test_published_rows_stand_once():
    row = {'pha_mad': 6.08}
    comparison = Comparison(
        {
            'one': run([1, 2, 3], published={'RVM': row}),
            'two': run([1, 2, 3], published={'RVM': dict(row), 'X': {'pha_mad': 1.0}}),
            'three': run([1, 2, 3], published={'RVM': {'pha_mad': 7.0}}),
        }
    )
    assert comparison.published() == {
        'RVM': row,
        'X': {'pha_mad': 1.0},
        'RVM (three)': {'pha_mad': 7.0},
    }


def test_sets_of_other_names_are_said():
    other = run([2, 1, 1])
    other.name = 'copy'
    notes = Comparison({'one': run([1, 2, 3]), 'two': other}).notes()
    assert notes == [
        'The sets are called differently, they should be the same: set (one), copy (two).'
    ]
    assert Comparison({'one': run([1, 2, 3]), 'two': run([2, 1, 1])}).notes() == []


def test_headings_are_whole_beside_many_columns():
    runs = {name: make_results(measures=tuple(scoring.MEASURES)) for name in ('one', 'two')}
    lines = comparison_table(Comparison(runs), 60).splitlines()
    for name in (OVER_CLIPS, OVER_FRAMES):
        assert lines.count(f'{name} (6 clips, 66 frames)') == 2
    assert max(map(len, lines)) <= 60


def test_the_table(comparison):
    comparison.runs['one'].notes = ['first']
    for results in comparison.runs.values():
        results.notes = [*results.notes, 'common']
        results.published = {'RVM': {'pha_mad': 6.08}}
    text = comparison_table(comparison)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[0] == 'set: 3 runs, 3 clips, 8 frames, protocol low'
    start = lines.index('all, mean over clips (3 clips, 8 frames)')
    block = [line.split() for line in lines[start + 1 : start + 9]]
    assert block == [
        ['one', '2.00', '2.00'],
        ['clips', 'won', '1', '1'],
        ['two', '1.33*', '1.33*'],
        ['change', '-33.3%', '-33.3%'],
        ['clips', 'won', '2', '2'],
        ['three', '3.00', '3.00'],
        ['change', '+50.0%', '+50.0%'],
        ['clips', 'won', '0', '0'],
    ]
    assert sum('6.08' in line for line in lines) == 1
    assert lines[-2:] == ['one: first', 'common']
