"""Several sources as one."""

import numpy as np
import pytest

from rvm.datasets import MixedDataset, SampleKey
from rvm.datasets.mixed_dataset import flatten
from rvm.errors import ConfigError
from tests.test_datasets.clips import MattingClips, MemoryBackgrounds


class Keys:
    """A data set whose samples are the keys that it is asked."""

    def __init__(self, name, size):
        self.name, self.size = name, size

    def __len__(self):
        return self.size

    def __getitem__(self, key):
        assert 0 <= key.index < self.size
        return self.name, key


def test_sources_follow_one_another():
    mixed = MixedDataset({'a': Keys('a', 3), 'none': None, 'b': Keys('b', 2)})
    assert len(mixed) == 5
    found = [mixed[SampleKey(i, i, 4, 9)] for i in range(5)]
    assert [(name, key.index) for name, key in found] == [
        ('a', 0), ('a', 1), ('a', 2), ('b', 0), ('b', 1),
    ]  # fmt: skip
    assert [key.draw for _, key in found] == [0, 1, 2, 3, 4]
    assert {(key.epoch, key.seed) for _, key in found} == {(4, 9)}
    with pytest.raises(IndexError):
        mixed[5]


def test_repeated_items_are_drawn_anew():
    mixed = MixedDataset({'a': Keys('a', 2), 'b': Keys('b', 1)}, repeat={'a': 3})
    found = [mixed[i] for i in range(len(mixed))]
    assert [(name, key.index) for name, key in found] == [
        ('a', 0), ('a', 1), ('a', 0), ('a', 1), ('a', 0), ('a', 1), ('b', 0),
    ]  # fmt: skip
    assert len({key.draw for _, key in found}) == 7


def test_weights_are_the_frequencies():
    mixed = MixedDataset(
        {'a': Keys('a', 10), 'b': Keys('b', 1000), 'c': None},
        weights={'a': 3, 'b': 1},
        length=4000,
    )
    found = [mixed[i] for i in range(len(mixed))]
    share = np.mean([name == 'a' for name, _ in found])
    assert share == pytest.approx(0.75, abs=4 * np.sqrt(0.75 * 0.25 / 4000))
    assert {key.index for name, key in found if name == 'a'} == set(range(10))
    again = [mixed[i] for i in range(len(mixed))]
    assert again == found
    other = [mixed[SampleKey(i, i, 1)][0] for i in range(4000)]
    assert other != [name for name, _ in found]


def test_mixtures_inside_mixtures_draw_on_their_own():
    inner = MixedDataset({'b': Keys('b', 9), 'c': Keys('c', 9)}, weights={'b': 1, 'c': 1})
    outer = MixedDataset(
        {'a': Keys('a', 9), 'inner': inner}, weights={'a': 1, 'inner': 1}, length=2000
    )
    names = [outer[index][0] for index in range(2000)]
    for name, share in (('a', 0.5), ('b', 0.25), ('c', 0.25)):
        assert names.count(name) / 2000 == pytest.approx(share, abs=0.05)


def test_the_order_of_a_dict_says_nothing():
    first = MixedDataset({'b': Keys('b', 2), 'a': Keys('a', 3)})
    second = MixedDataset({'a': Keys('a', 3), 'b': Keys('b', 2)})
    assert [first[i] for i in range(5)] == [second[i] for i in range(5)]


def test_an_item_beyond_the_end_of_a_weighted_mixture():
    mixed = MixedDataset({'a': Keys('a', 3)}, weights={'a': 1})
    with pytest.raises(IndexError):
        mixed[3]


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'weights': {'a': 1}}, 'weights lacks b'),
        ({'weights': {'a': 1, 'b': -1}}, '0 or more'),
        ({'weights': {'a': 0, 'b': 0}}, '0 or more'),
        ({'weights': {'a': 1, 'b': 1, 'c': 1}}, 'names c'),
        ({'repeat': {'c': 2}}, 'names c'),
        ({'repeat': {'a': 0}}, '1 or more'),
        ({'repeat': {'a': 2}, 'weights': {'a': 1, 'b': 1}}, 'not both'),
        ({'length': 5}, 'goes with weights'),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        MixedDataset({'a': Keys('a', 3), 'b': Keys('b', 2)}, **options)


def test_no_source_is_refused():
    with pytest.raises(ConfigError, match='every source is None'):
        MixedDataset({'a': None})


def test_flatten_names_every_source():
    inner = MattingClips(backgrounds=MemoryBackgrounds())
    inner.backgrounds.stills, inner.backgrounds.videos = Keys('stills', 1), None
    mixed = MixedDataset({'x': inner, 'y': Keys('y', 1)})
    assert [name for name, _ in flatten(mixed)] == ['x', 'x.backgrounds.stills', 'y']
