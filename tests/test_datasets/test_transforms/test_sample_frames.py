"""Which frames."""

import numpy as np
import pytest

from rvm.datasets.transforms.sample_frames import SampleFrames, fold_frames
from rvm.errors import ConfigError
from tests.test_datasets.clips import fresh_results


def test_ping_pong_turns_around():
    assert fold_frames(np.arange(8), 3).tolist() == [0, 1, 2, 1, 0, 1, 2, 1]
    assert fold_frames(np.arange(4), 1).tolist() == [0, 0, 0, 0]
    assert fold_frames(np.arange(4), 2).tolist() == [0, 1, 0, 1]
    assert np.abs(np.diff(fold_frames(np.arange(100), 7))).max() == 1


def test_wrap_starts_again():
    assert fold_frames(np.arange(8), 3, 'wrap').tolist() == [0, 1, 2, 0, 1, 2, 0, 1]


def test_without_arguments_frames_follow_the_start():
    results = fresh_results(5)
    results['streams']['fgr'].start = 2
    SampleFrames()(results)
    assert results['streams']['fgr'].numbers.tolist() == [2, 3, 4, 5, 6]
    assert results['streams']['bgr'].numbers.tolist() == [0, 1, 2, 3, 4]


def test_frames_are_start_plus_shift_plus_speed_times_t():
    transform = SampleFrames(speeds=(0.5, 1, 2, 3, 4, 5), shift=True, reverse=0.5)
    for seed in range(40):
        results = transform(fresh_results(5, seed))
        for name, stream in results['streams'].items():
            drawn = results['drawn'][f'frames_{name}']
            numbers = drawn['shift'] + np.array([int(t * drawn['speed']) for t in range(5)])
            expected = fold_frames(numbers, 9)
            expected = expected[::-1] if drawn['reverse'] else expected
            assert stream.numbers.tolist() == expected.tolist() == drawn['numbers']


def test_draws_are_uniform_and_the_streams_independent():
    transform = SampleFrames(speeds=(0.5, 1, 2, 3, 4, 5), shift=True, reverse=0.5)
    draws = {'fgr': [], 'bgr': []}
    for seed in range(3000):
        results = transform(fresh_results(5, seed, {'fgr': (4, 4), 'bgr': (4, 4)}))
        for name, column in draws.items():
            drawn = results['drawn'][f'frames_{name}']
            column.append((drawn['speed'], drawn['shift'], drawn['reverse']))
    for column in draws.values():
        speeds, shifts, backwards = zip(*column, strict=True)
        counts = np.array([speeds.count(speed) for speed in (0.5, 1, 2, 3, 4, 5)])
        assert ((counts - 500) ** 2 / 500).sum() < 20.5  # 5 degrees of freedom, p = 0.001
        counts = np.bincount(shifts, minlength=5)
        assert ((counts - 600) ** 2 / 600).sum() < 18.5
        assert np.mean(backwards) == pytest.approx(0.5, abs=0.03)
    same = np.mean([a == b for a, b in zip(*draws.values(), strict=True)])
    assert same < 0.05  # 1 of 60 by chance


@pytest.mark.parametrize('options', [{'speeds': ()}, {'speeds': (0,)}, {'at_end': 'stop'}])
def test_wrong_options_are_refused(options):
    with pytest.raises(ConfigError, match='SampleFrames'):
        SampleFrames(**options)
