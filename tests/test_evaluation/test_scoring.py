"""Scores of chunks: names, protocols, and that chunks make the whole."""

import numpy as np
import pytest

from rvm.errors import ConfigError
from rvm.evaluation import functional
from rvm.evaluation.joining import join_chunks
from rvm.evaluation.scoring import (
    DEFAULT,
    MEASURES,
    SPREAD,
    check_measures,
    check_strips,
    measured,
    score_chunk,
)
from tests.test_evaluation.clips import alphas, pictures, worse


def chunk(true, colour, part=slice(None)):
    arrays = {
        'pred_pha': worse(true)[part],
        'true_pha': true[part],
        'pred_fgr': worse(colour)[part],
        'true_fgr': colour[part],
    }
    if part.start:
        arrays['previous'] = np.stack([worse(true)[part.start - 1], true[part.start - 1]])
    return arrays


def test_measures_are_the_functions():
    true, colour = alphas(5), pictures(5)
    arrays = chunk(true, colour)
    pred = arrays['pred_pha']
    values = score_chunk(arrays, 'd/0', list('abcde'), measures=list(MEASURES)).values
    unknown = functional.unknown_region(true)
    expected = {
        'pha_mad': functional.mad(pred, true),
        'pha_mse': functional.mse(pred, true),
        'pha_sad': functional.sad(pred, true),
        'pha_grad': functional.grad(pred, true),
        'pha_conn': functional.conn(pred, true),
        'pha_dtssd': functional.dtssd(pred, true),
        'fgr_mad': functional.fgr_mad(arrays['pred_fgr'], colour, true),
        'fgr_mse': functional.fgr_mse(arrays['pred_fgr'], colour, true),
        'pha_mad_unknown': functional.mad(pred, true, where=unknown),
        'pha_mse_unknown': functional.mse(pred, true, where=unknown),
        'pha_sad_unknown': functional.sad(pred, true, where=unknown),
    }
    assert set(values) == set(expected) == set(MEASURES)
    for name, value in expected.items():
        np.testing.assert_array_equal(values[name], value, err_msg=name)
        assert value.shape == (5,)
        assert value[1:].min() > 0


def test_the_high_protocol_has_no_conn_and_its_own_grad():
    true, colour = alphas(3) // 2, pictures(3)
    arrays = chunk(true, colour)
    low = score_chunk(arrays, 'd/0', list('abc')).values
    high = score_chunk(arrays, 'd/0', list('abc'), protocol='high').values
    assert set(low) - set(high) == {'pha_conn'}
    np.testing.assert_array_equal(
        high['pha_grad'], functional.grad(arrays['pred_pha'], true, 'high')
    )
    assert (high['pha_grad'] < low['pha_grad']).all()
    np.testing.assert_array_equal(high['pha_mad'], low['pha_mad'])


@pytest.mark.parametrize('size', [1, 2, 4])
def test_chunks_make_the_whole(size):
    true, colour = alphas(7), pictures(7)
    names = [str(n) for n in range(7)]
    (whole,) = join_chunks([score_chunk(chunk(true, colour), 'd/0', names)])
    parts = [
        score_chunk(
            chunk(true, colour, slice(start, start + size)),
            'd/0',
            names[start : start + size],
            start,
        )
        for start in range(0, 7, size)
    ]
    (joined,) = join_chunks(reversed(parts))
    assert joined.frames == whole.frames == names
    for name in DEFAULT:
        np.testing.assert_array_equal(joined.values[name], whole.values[name], err_msg=name)
    assert whole.values['pha_dtssd'][0] == 0


def test_without_foregrounds_there_are_no_values_of_them():
    arrays = chunk(alphas(2), pictures(2))
    del arrays['pred_fgr']
    assert not any('fgr' in name for name in score_chunk(arrays, 'd/0', ['0', '1']).values)
    assert measured(DEFAULT, 'high', False) == ['pha_mad', 'pha_mse', 'pha_grad', 'pha_dtssd']


def test_strips_are_of_the_worst_frame_of_every_stretch():
    true = alphas(SPREAD + 5)
    pred = true.copy()
    pred[3], pred[SPREAD + 4] = 255 - pred[3], 255 - pred[SPREAD + 4]
    names = [f'n{n}' for n in range(len(true))]
    arrays = {'pred_pha': pred, 'true_pha': true, 'src': pictures(len(true), 6, 8)}
    scores = score_chunk(arrays, 'd/0', names, strips=True)
    assert [(strip.number, strip.frame) for strip in scores.strips] == [
        (3, 'n3'),
        (SPREAD + 4, f'n{SPREAD + 4}'),
    ]
    assert scores.strips[0].value == scores.values['pha_mad'][3]
    assert all(strip.jpeg[:2] == b'\xff\xd8' for strip in scores.strips)
    parts = [
        score_chunk({k: v[s] for k, v in arrays.items()}, 'd/0', names[s], s.start, strips=True)
        for s in (slice(0, 2), slice(2, 12), slice(12, None))
    ]
    (joined,) = join_chunks(parts, num_strips=5)
    assert {strip.number for strip in joined.strips} == {3, SPREAD + 4}
    (joined,) = join_chunks(parts, num_strips=1)
    assert len(joined.strips) == 1


def test_measures_are_checked():
    assert check_measures(None, 'low') == DEFAULT
    assert check_measures(['pha_sad', 'pha_sad'], 'low') == ('pha_sad',)
    with pytest.raises(ConfigError, match=r"no measure 'mad'; there are pha_mad, pha_mse"):
        check_measures(['mad'], 'low')
    with pytest.raises(ConfigError, match='no measure is named'):
        check_measures([], 'low')
    with pytest.raises(ConfigError, match="protocol must be 'low' or 'high', not 'medium'"):
        check_measures(None, 'medium')
    with pytest.raises(ConfigError, match='high has no pha_conn'):
        check_measures(['pha_conn'], 'high')


def test_numbers_of_strips_are_checked():
    assert [check_strips(count) for count in (0, 3)] == [0, 3]
    for wrong in (-1, 2.5, '3', True, None):
        with pytest.raises(ConfigError, match=f'^strips must be a whole number.*, not {wrong!r}$'):
            check_strips(wrong)


def test_strips_are_ranked_by_the_first_measure_where_mad_is_not_asked_for():
    true = np.zeros((6, 24, 32), np.uint8)
    pred = true.copy()
    pred[1] = 40  # everywhere: no gradient
    pred[4, :, 16] = 255
    arrays = {'pred_pha': pred, 'true_pha': true}
    names = list('abcdef')
    by_mad = score_chunk(arrays, 'd/0', names, strips=True).strips
    by_grad = score_chunk(arrays, 'd/0', names, measures=['pha_grad'], strips=True).strips
    assert [(strip.number, strip.title) for strip in by_mad] == [(1, 'MAD')]
    assert [(strip.number, strip.title) for strip in by_grad] == [(4, 'Grad')]
