from collections import Counter

import numpy as np
import pytest

from rvm.datasets.affine import FIELDS, affine_matrices
from rvm.datasets.compositing import plan
from rvm.datasets.compositing.plan import Drift, Sample, Take
from rvm.datasets.frames import ArrayFrames


def take(length, first=0):
    return Take('x', ArrayFrames(np.zeros((length, 2, 2, 4), np.uint8), 'rgba'), first)


def test_a_short_clip_runs_back_and_forth():
    assert take(3).numbers(0, 8).tolist() == [0, 1, 2, 1, 0, 1, 2, 1]
    assert take(3, 1).numbers(2, 5).tolist() == [1, 0, 1]
    assert take(9, 2).numbers(0, 5).tolist() == [2, 3, 4, 5, 6]
    assert take(1).numbers(3, 6).tolist() == [0, 0, 0]


def test_what_is_too_short_is_known():
    assert take(3).turns(4)
    assert not take(3).turns(3)
    assert take(9, 2).turns(8)
    assert not take(1).turns(100)  # a still does not move


def test_the_first_frame_leaves_room_for_all():
    rng = np.random.default_rng(0)
    drawn = Counter(plan.draw_first(rng, 7, 5) for _ in range(300))
    assert sorted(drawn) == [0, 1, 2]
    assert min(drawn.values()) > 60
    assert {plan.draw_first(rng, 5, 5) for _ in range(20)} == {0}
    assert {plan.draw_first(rng, 3, 5) for _ in range(60)} == {0, 1, 2}


def test_poses_stay_in_their_ranges():
    rng = np.random.default_rng(0)
    drifts = [plan.draw_drift(rng, False) for _ in range(400)]
    poses = np.array([[pose[f] for f in FIELDS] for d in drifts for pose in (d.first, d.last)])
    assert np.allclose(poses.min(0), [-10, -0.1, -0.1, 0.9, -5], atol=0.2)
    assert np.allclose(poses.max(0), [10, 0.1, 0.1, 1.1, 5], atol=0.2)
    amounts = np.array([d.amount for d in drifts])
    assert 0 <= amounts.min() < 0.02
    assert 0.98 < amounts.max() <= 1


def test_a_drift_goes_its_share_of_the_way_evenly():
    first = {'rotation': 4.0, 'shift_x': 0.0, 'shift_y': 0.1, 'scale': 1.0, 'shear': 0.0}
    last = {'rotation': -4.0, 'shift_x': 0.1, 'shift_y': 0.1, 'scale': 1.1, 'shear': 2.0}
    drift, size = Drift(first, last, 0.5, False), (20, 30)
    matrices = drift.matrices(size, np.array([0, 0.5, 1]))
    half = {name: (first[name] + last[name]) / 2 for name in FIELDS}
    quarter = {name: (3 * first[name] + last[name]) / 4 for name in FIELDS}
    for matrix, pose in zip(matrices, (first, quarter, half), strict=True):
        assert np.allclose(matrix, affine_matrices(pose, size))


def test_a_mirrored_image_is_mirrored_before_it_moves():
    pose = {'rotation': 0.0, 'shift_x': 0.1, 'shift_y': 0.0, 'scale': 1.0, 'shear': 0.0}
    (matrix,) = Drift(pose, pose, 1.0, True).matrices((20, 30), np.zeros(1))
    assert np.allclose(matrix @ [0, 5, 1], [29 + 3, 5, 1])


def test_times_run_from_0_to_1():
    sample = Sample(take(9), take(1), (2, 2), 5)
    assert sample.times(0, 5).tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert sample.times(3, 4).tolist() == [0.75]
    assert Sample(take(9), take(1), (2, 2), 1).times(0, 1).tolist() == [0]


def test_every_second_round_is_mirrored():
    found = [plan.foreground_of(number, 3) for number in range(9)]
    assert [place for place, _ in found] == [0, 1, 2] * 3
    assert [mirrored for _, mirrored in found] == [False] * 3 + [True] * 3 + [False] * 3


def test_every_background_comes_once_a_round_in_an_order_of_the_seed():
    orders = {}
    for seed in range(3):
        found = [plan.background_of(seed, number, 8) for number in range(24)]
        rounds = [tuple(found[start : start + 8]) for start in (0, 8, 16)]
        assert all(sorted(one) == list(range(8)) for one in rounds)
        assert len(set(rounds)) == 3
        orders[seed] = rounds[0]
    assert len(set(orders.values())) == 3


def test_every_sample_draws_on_its_own():
    values = {
        (seed, number): plan.sample_generator(seed, number).random()
        for seed in range(3)
        for number in range(5)
    }
    assert len(set(values.values())) == 15
    assert plan.sample_generator(1, 2).random() == values[1, 2]


@pytest.mark.parametrize(('number', 'name'), [(0, '0000'), (123, '0123'), (12345, '12345')])
def test_names(number, name):
    assert plan.name_number(number) == name
