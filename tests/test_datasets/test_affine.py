"""Poses against torchvision's own matrices."""

import numpy as np
import pytest
from torchvision.transforms.functional import _get_inverse_affine_matrix

from rvm.datasets.affine import FIELDS, IDENTITY, affine_matrices, draw_pose, interpolate

RANGES = {'rotation': 10.0, 'shift': 0.1, 'shear': 5.0, 'scale': (0.5, 1.0)}


def test_the_identity_changes_nothing():
    np.testing.assert_allclose(affine_matrices(IDENTITY, (30, 40)), np.eye(3), atol=1e-12)


@pytest.mark.parametrize('seed', range(10))
def test_a_pose_is_torchvisions_affine(seed):
    pose = draw_pose(np.random.default_rng(seed), **RANGES)
    height, width = 37, 64
    shift = (pose['shift_x'] * width, pose['shift_y'] * height)
    inverse = _get_inverse_affine_matrix(
        [(width - 1) / 2, (height - 1) / 2],
        pose['rotation'],
        list(shift),
        pose['scale'],
        [pose['shear'], 0.0],
    )
    theirs = np.linalg.inv(np.vstack([np.reshape(inverse, (2, 3)), [0, 0, 1]]))
    np.testing.assert_allclose(affine_matrices(pose, (height, width)), theirs, atol=1e-9)


def test_poses_are_uniform_in_their_ranges():
    rng = np.random.default_rng(3)
    poses = [draw_pose(rng, **RANGES) for _ in range(5000)]
    bounds = [(-10, 10), (-0.1, 0.1), (-0.1, 0.1), (0.5, 1), (-5, 5)]
    for name, (low, high) in zip(FIELDS, bounds, strict=True):
        values = np.sort([(pose[name] - low) / (high - low) for pose in poses])
        distance = np.abs(values - np.linspace(0, 1, len(values))).max()
        assert distance < 1.95 / np.sqrt(len(values)), name  # Kolmogorov-Smirnov, p = 0.001


def test_interpolated_poses_are_those_of_each_amount():
    rng = np.random.default_rng(0)
    first, last = draw_pose(rng, **RANGES), draw_pose(rng, **RANGES)
    amounts = np.array([0.0, 0.25, 1.0, 1.2])
    matrices = affine_matrices(interpolate(first, last, amounts), (30, 40))
    assert matrices.shape == (4, 3, 3)
    np.testing.assert_allclose(matrices[0], affine_matrices(first, (30, 40)))
    np.testing.assert_allclose(matrices[2], affine_matrices(last, (30, 40)))
    quarter = {name: 0.75 * first[name] + 0.25 * last[name] for name in FIELDS}
    np.testing.assert_allclose(matrices[1], affine_matrices(quarter, (30, 40)))
