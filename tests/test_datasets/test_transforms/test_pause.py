"""A frame that is held."""

import numpy as np
import pytest

from rvm.datasets.transforms import Pause
from tests.test_datasets.clips import fresh_results

SMALL = {'fgr': (4, 4), 'bgr': (4, 4)}


def test_held_frames_repeat_one_of_all_streams():
    results = fresh_results(6, 2)
    before = {name: stream.render() for name, stream in results['streams'].items()}
    results = Pause(1.0)(results)
    frame, frames = results['drawn']['pause'].values()
    places = [frame if frame <= t <= frame + frames else t for t in range(6)]
    for name, stream in results['streams'].items():
        assert np.array_equal(stream.render(), before[name][places])


def test_every_frame_but_the_last_is_held_for_one_frame_or_more():
    drawn = [Pause(1.0)(fresh_results(5, seed, SMALL))['drawn']['pause'] for seed in range(2000)]
    starts = np.array([d['frame'] for d in drawn])
    counts = np.bincount(starts, minlength=4)
    assert len(counts) == 4
    assert ((counts - 500) ** 2 / 500).sum() < 16.3  # 3 degrees of freedom, p = 0.001
    for start in range(4):
        lengths = {d['frames'] for d in drawn if d['frame'] == start}
        assert lengths == set(range(1, 5 - start))


def test_the_chance():
    drawn = [Pause(0.03)(fresh_results(5, seed, SMALL))['drawn']['pause'] for seed in range(3000)]
    assert np.mean([d is not None for d in drawn]) == pytest.approx(0.03, abs=0.0125)


def test_one_frame_cannot_pause():
    assert Pause(1.0)(fresh_results(1))['drawn']['pause'] is None


def test_two_frames_can():
    results = Pause(1.0)(fresh_results(2))
    assert results['drawn']['pause'] == {'frame': 0, 'frames': 1}
    assert results['streams']['fgr'].numbers.tolist() == [0, 0]
