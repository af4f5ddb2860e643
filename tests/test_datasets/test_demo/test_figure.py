import numpy as np
import pytest

from rvm.datasets.demo.figure import VIEW_DISTANCE, Figure


@pytest.fixture
def figure(people) -> Figure:
    person = people[0]
    return Figure(person.look, person.motion.joints(0.0), (50, 60), 80, person.light, 0.0)


def test_what_is_near_is_larger(figure):
    np.testing.assert_allclose(figure.see(np.array([0.5, -0.25, 0])), [90, 40])
    near = figure.see(np.array([0.5, -0.25, VIEW_DISTANCE / 2]))
    np.testing.assert_allclose(near, [130, 20])


def test_a_limb_ends_at_its_joints(figure):
    part = figure.limb('skin', (np.zeros(3), np.array([0, 0.5, 0])), (0.05, 0.025))
    (outline,) = part.polygons
    assert outline[:, 1].min() == pytest.approx(60 - 0.05 * 80)
    assert outline[:, 1].max() == pytest.approx(60 + 0.5 * 80 + 0.025 * 80)
    assert np.ptp(outline[:, 0]) == pytest.approx(0.1 * 80)


def test_a_trunk_seen_from_the_side_is_narrower(figure):
    figure.joints.yaw = 0.0
    ahead = figure.level(-0.4, 0.19, 0.1)[1]
    figure.joints.yaw = np.pi / 2
    assert figure.level(-0.4, 0.19, 0.1)[1] < 0.8 * ahead
