"""Averages, their names, and the JSON form."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from rvm.errors import DataError
from rvm.evaluation.results import (
    ClipResult,
    Results,
    check_equal_sets,
    foreground_notes,
)

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


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda data: data.update(protocol='medium'), "protocol is 'medium'"),
        (lambda data: data.update(protocol=None), 'protocol is '),
        (lambda data: data.update(measures=[]), 'measures is '),
        (lambda data: data.update(measures=[1]), 'measures is '),
        (lambda data: data.update(clips={}), 'clips is '),
        (lambda data: data.update(clips=[]), 'clips is '),
        (lambda data: data.update(name=3), 'name is '),
        (lambda data: data.update(notes=[3]), 'notes is '),
        (lambda data: data.update(published={'x': 3}), 'no results.json'),
        (lambda data: data.update(published={'x': {'pha_mad': 'y'}}), 'no results.json'),
        (lambda data: data.pop('info'), "lacks 'info'"),
        (lambda data: data['clips']['static/0'].update(frames=[]), 'frames is '),
        (lambda data: data['clips']['static/0'].update(frames=['0', 1, '2']), 'frames is '),
        (lambda data: data['clips']['static/0'].update(size=[3]), 'no results.json'),
        (lambda data: data['clips']['static/0'].update(values=[]), 'no results.json'),
        (
            lambda data: data['clips']['static/0']['values']['pha_mad'].pop(),
            'static/0 has 3 frames and 2 values of pha_mad',
        ),
        (
            lambda data: data['clips']['static/0']['values'].update(pha_mad=[[1], [2], [3]]),
            'of pha',
        ),
        (
            lambda data: data['clips']['static/0']['values'].update(pha_mad=[1, 2, 1e999]),
            'static/0 has infinite values of pha_mad',
        ),
    ],
)
def test_values_that_do_not_fit_are_refused(results, tmp_path, change, message):
    file = tmp_path / 'results.json'
    data = json.loads(json.dumps(results.to_dict()))
    file.write_text(json.dumps(data))
    Results.from_file(file)
    change(data)
    file.write_text(json.dumps(data))
    with pytest.raises(DataError, match=message):
        Results.from_file(file)


def test_what_does_not_count_is_said(results):
    notes = foreground_notes(results.clips)
    assert notes == [
        '1 of 3 clips have no foreground: motion/0',
        '2 frames have no true alpha above 0, they do not count in the averages of the '
        'foreground: static/0 (1), static/1 (1)',
    ]
    assert foreground_notes(results.clips[2:]) == []


def test_what_clips_lack_is_said_once(results):
    lacking = {'static/1': 'prediction', 'motion/0': 'truth', 'static/0': 'prediction'}
    assert foreground_notes(results.clips, lacking)[:2] == [
        'the truth has no fgr of 1 of 3 clips, their foreground is not measured: motion/0',
        'the prediction has no fgr of 2 of 3 clips, their foreground is not measured: static/0, '
        'static/1',
    ]
    assert foreground_notes(results.clips[2:], {}) == []


def test_runs_over_different_clips_are_not_compared(results):
    same = Results('set', 'high', results.measures, list(results.clips))
    check_equal_sets({'a': results, 'b': same})
    with pytest.raises(DataError, match='a has protocol high and b low'):
        check_equal_sets({'a': results, 'b': Results('s', 'low', results.measures, results.clips)})
    fewer = Results('set', 'high', results.measures, results.clips[:2])
    with pytest.raises(DataError, match='different clips or frames: motion/0'):
        check_equal_sets({'a': results, 'b': fewer})


def test_runs_over_other_frames_or_sizes_are_not_compared(results):
    def other(**changes):
        clips = [results.clips[0], replace(results.clips[1], **changes), results.clips[2]]
        return {'a': results, 'b': Results('set', 'high', results.measures, clips[::-1])}

    check_equal_sets(other())
    message = 'static/1 has 32x24 pixels in a and 64x24 in b'
    with pytest.raises(DataError, match=message):
        check_equal_sets(other(size=(24, 64)))
    message = 'different frames of static/1: number 1 is 0000 in a and 0001 in b'
    with pytest.raises(DataError, match=message):
        check_equal_sets(other(frames=['0001']))
