from fractions import Fraction

import numpy as np
import pytest

from rvm.errors import UserError
from rvm.io.media import Frame, MediaInfo
from rvm.io.reader import Reader


class Three(Reader):
    """The least that a reader needs: three frames."""

    info = MediaInfo('three', 4, 2, 3, Fraction(1), Fraction(1))
    closed = 0

    def __iter__(self):
        return (Frame(np.zeros((2, 4, 3), np.uint8), time) for time in self.times())

    def frames_at(self, indices):
        return (np.full((2, 4, 3), number, np.uint8) for number in self.check_rising(indices))

    def times(self):
        return [Fraction(0), Fraction(1), Fraction(2)]

    def __len__(self):
        return 3

    def close(self):
        self.closed += 1


def test_an_own_reader_needs_but_its_methods():
    with Three() as reader:
        assert reader.damage is None
        assert len(list(reader)) == 3
        assert reader.read([2, 0, 2, 1])[:, 0, 0, 0].tolist() == [2, 0, 2, 1]
        assert reader.read([]).shape == (0, 2, 4, 3)
        assert reader.read([1]).dtype == np.uint8
    assert reader.closed == 1
    with pytest.raises(TypeError, match='abstract'):
        Reader()


@pytest.mark.parametrize('wrong', [-1, 3])
def test_indices_are_checked_by_name(wrong):
    with pytest.raises(
        IndexError, match=f'three has frames 0 to 2; there is no frame {wrong}'
    ) as e:
        Three().check_indices([0, wrong])
    assert not isinstance(e.value, UserError)
    assert Three().check_indices([]).dtype == np.int64


@pytest.mark.parametrize('wrong', [[1, 0], [1, 1], [0, 2, 1]])
def test_frames_come_in_order(wrong):
    with pytest.raises(ValueError, match='three: frames_at takes frame numbers that rise') as e:
        Three().frames_at(wrong)
    assert not isinstance(e.value, UserError)
    with pytest.raises(IndexError, match='there is no frame 3'):
        Three().frames_at([0, 3])
    assert list(Three().frames_at([])) == []


def test_each_frame_is_asked_for_once():
    class Counting(Three):
        def frames_at(self, indices):
            self.asked = list(indices)
            return super().frames_at(indices)

    reader = Counting()
    reader.read([2, 0, 2, 0])
    assert reader.asked == [0, 2]
