"""Averages, their names, and the JSON form."""

import json
import math

import numpy as np
import pytest

from rvm.errors import DataError
from rvm.evaluation.results import (
    ClipResult,
    Results,
    check_equal_sets,
    foreground_notes,
    join_chunks,
)
from rvm.evaluation.scoring import ChunkScores

NAN = math.nan


def clip(name, values, fgr=None):
    columns = {'pha_mad': np.array(values, float)}
    if fgr is not None:
        columns['fgr_mse'] = np.array(fgr, float)
    return ClipResult(name, [f'{n:04}' for n in range(len(values))], (24, 32), columns)


@pytest.fixture
def results():
    clips = [
        clip('static/0', [1, 2, 3], [4, NAN, 6]),
        clip('static/1', [10], [NAN]),
        clip('motion/0', [5, 7]),
    ]
    return Results(
        'set', 'high', ('pha_mad', 'pha_conn', 'fgr_mse'), clips, {'paper': {'pha_mad': 6.5}}
    )


def test_averages(results):
    assert results.mean() == {'pha_mad': (2 + 10 + 6) / 3, 'pha_conn': None, 'fgr_mse': 5}
    assert results.mean_over_frames() == {'pha_mad': 28 / 6, 'pha_conn': None, 'fgr_mse': 5}
    assert results.datasets == ['static', 'motion']
    assert results.of('static').mean()['pha_mad'] == 6
    assert results.of('motion').mean()['fgr_mse'] is None
    assert results.num_frames == 6


def test_json_and_back(results, tmp_path):
    data = json.loads(json.dumps(results.to_dict(), allow_nan=False))
    assert data['mean']['pha_mad'] == 6
    assert data['mean']['pha_conn'] is None
    assert data['clips']['static/0']['values']['fgr_mse'] == [4, None, 6]
    assert data['clips']['motion/0']['values']['fgr_mse'] is None
    assert data['datasets']['static']['num_clips'] == 2
    file = tmp_path / 'results.json'
    file.write_text(json.dumps(data))
    back = Results.from_file(file)
    assert back.to_dict() == results.to_dict()


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('{', 'no results.json'),
        ('[]', 'no results.json'),
        ('{"schema": 99}', 'schema 99, this version reads 1'),
        ('{"schema": 1}', 'no results.json'),
    ],
)
def test_other_files_are_refused(tmp_path, text, message):
    file = tmp_path / 'results.json'
    file.write_text(text)
    with pytest.raises(DataError, match=message):
        Results.from_file(file)
    with pytest.raises(DataError, match='cannot be read'):
        Results.from_file(tmp_path / 'other.json')


def test_what_does_not_count_is_said(results):
    notes = foreground_notes(results.clips)
    assert notes == [
        '1 of 3 clips have no foreground: motion/0',
        '2 frames have no true alpha above 0, they do not count in the averages of the '
        'foreground: static/0 (1), static/1 (1)',
    ]
    assert foreground_notes(results.clips[2:]) == []


def scores(start, count, name='d/0', size=(4, 4), extra=()):
    values = {key: np.zeros(count) for key in ('pha_mad', *extra)}
    return ChunkScores(name, start, [str(start + n) for n in range(count)], size, values)


@pytest.mark.parametrize(
    ('chunks', 'message'),
    [
        ([scores(0, 3), scores(2, 3)], 'd/0: frames 2 to 2 were scored twice'),
        ([scores(0, 3), scores(5, 3)], 'd/0: frames 3 to 4 are missing'),
        ([scores(1, 3)], 'd/0: frames 0 to 0 are missing'),
        ([scores(0, 1), scores(1, 1, size=(4, 5))], 'differ in size'),
        ([scores(0, 1), scores(1, 1, extra=('fgr_mse',))], 'some have no foreground'),
    ],
)
def test_chunks_that_do_not_fit_are_refused(chunks, message):
    with pytest.raises(DataError, match=message):
        join_chunks(chunks)


def test_runs_over_different_clips_are_not_compared(results):
    same = Results('set', 'high', results.measures, list(results.clips))
    check_equal_sets({'a': results, 'b': same})
    with pytest.raises(DataError, match='a has protocol high and b low'):
        check_equal_sets({'a': results, 'b': Results('s', 'low', results.measures, results.clips)})
    fewer = Results('set', 'high', results.measures, results.clips[:2])
    with pytest.raises(DataError, match='different clips or frames: motion/0'):
        check_equal_sets({'a': results, 'b': fewer})
