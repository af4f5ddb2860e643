"""Random numbers that hang on (seed, epoch, index) and on nothing else."""

import itertools

import numpy as np
import pytest

from rvm.datasets.sample_key import CROPS, ORDERS, SAMPLES, SampleKey, generator, number_of


def test_equal_keys_draw_alike():
    first, second = (SampleKey(3, 3, 1, 7).generator().random(4) for _ in range(2))
    assert np.array_equal(first, second)


def test_every_number_of_a_key_changes_what_is_drawn():
    numbers = itertools.product((SAMPLES, ORDERS, CROPS), (0, 1), (0, 1), (0, 1), (0, 1, 2), (0, 1))
    draws = {generator(*key).integers(2**63) for key in numbers}
    assert len(draws) == 3 * 2 * 2 * 2 * 3 * 2


def test_another_item_keeps_the_draw():
    key = SampleKey(3, 3, 1, 7, (20, 30))
    other = key.at(5)
    assert (other.index, other.draw, other.crop) == (5, 3, (20, 30))
    assert other.generator().random() == key.generator().random()


def test_parts_and_substitutes_draw_on_their_own():
    key = SampleKey(3, 3, 1, 7)
    others = [key.inside('a', 3), key.inside('b', 3), key.inside('a', 3).inside('a', 3)]
    others += [key.substitute(3), key.substitute(3).substitute(3)]
    draws = {other.generator().random() for other in (key, *others)}
    assert len(draws) == 6
    assert key.inside('a', 3) == key.inside('a', 3)


def test_names_have_the_same_number_everywhere():
    assert number_of('') == 0
    assert number_of('mat_low') == 1179703020
    assert number_of('b', number_of('a')) == number_of('ab')


def test_a_plain_index_is_a_key_of_epoch_0():
    assert SampleKey.of(4) == SampleKey(4, 4, 0, 0, None)
    assert SampleKey.of(SampleKey(1, 2)) == SampleKey(1, 2)


@pytest.mark.parametrize('number', [-1, 2**32])
def test_numbers_that_would_collide_are_refused(number):
    with pytest.raises(ValueError, match=r'0 \.\. 2\*\*32 - 1'):
        SampleKey(0, 0, 0, number).generator()
