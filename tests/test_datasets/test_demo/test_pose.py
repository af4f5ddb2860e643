import numpy as np
import pytest

from rvm.datasets.demo.pose import ACTIONS, NECK_HEIGHT, Build, Motion


def bones(joints) -> np.ndarray:
    """Lengths that never change."""
    pairs = [(joints.pelvis, joints.neck), (joints.neck, joints.head)]
    for arm in joints.arms.values():
        pairs += [(arm.shoulder, arm.elbow), (arm.elbow, arm.wrist), (arm.wrist, arm.hand)]
    for leg in joints.legs.values():
        pairs += [(leg.hip, leg.knee), (leg.knee, leg.ankle), (leg.ankle, leg.toe)]
    return np.array([np.linalg.norm(end - start) for start, end in pairs])


@pytest.mark.parametrize('action', ACTIONS)
def test_bones_keep_their_lengths_and_nothing_jumps(action, rng):
    build = Build(arms=1.1, legs=0.9)
    motion = Motion(rng, action, build)
    times = np.arange(0, 3, 0.02)
    postures = [motion.joints(time) for time in times]
    lengths = np.array([bones(posture) for posture in postures])
    np.testing.assert_allclose(lengths, np.broadcast_to(lengths[0], lengths.shape), rtol=1e-6)
    assert lengths[0, 0] == pytest.approx(NECK_HEIGHT)
    assert lengths[0, 2] == pytest.approx(0.29 * 1.1)
    hands = np.array([[arm.hand for arm in posture.arms.values()] for posture in postures])
    speed = np.linalg.norm(np.diff(hands, axis=0), axis=2) / 0.02
    assert 0.02 < speed.mean() < 6
    assert speed.max() < 20


def test_a_waving_hand_is_fast_and_up(rng):
    motion = Motion(rng, 'wave', Build())
    postures = [motion.joints(time) for time in np.arange(0, 2, 0.02)]
    highest = min(arm.hand[1] for posture in postures for arm in posture.arms.values())
    assert highest < postures[0].neck[1]


def test_legs_of_a_walker_take_turns(rng):
    motion = Motion(rng, 'walk', Build())
    ankles = np.array(
        [[motion.joints(t).legs[side].ankle[0] for side in (-1, 1)] for t in np.arange(0, 3, 0.02)]
    )
    apart = ankles[:, 0] - ankles[:, 1]
    assert (apart.max() > 0.15) & (apart.min() < -0.15)
