"""Motion and pose: chances, ranges, and which streams move."""

import numpy as np
import pytest

from rvm.datasets.easing import ease
from rvm.datasets.transforms import MotionAffine, StaticAffine
from tests.test_datasets.clips import fresh_results

SMALL = {'fgr': (6, 8), 'bgr': (6, 8)}


def test_chances_and_ranges_of_motion():
    transform = MotionAffine(fgr=0.3, bgr=0.15, both=0.15)
    drawn = [transform(fresh_results(3, seed, SMALL))['drawn'] for seed in range(4000)]
    for name, chance in (('fgr', 0.3), ('bgr', 0.15), ('both', 0.15)):
        moved = [d[f'motion_{name}'] for d in drawn if d[f'motion_{name}']]
        error = 4 * np.sqrt(chance * (1 - chance) / len(drawn))
        assert len(moved) / len(drawn) == pytest.approx(chance, abs=error)
        poses = [motion[end] for motion in moved for end in ('from', 'to')]
        bounds = {
            'rotation': (-10, 10),
            'shift_x': (-0.1, 0.1),
            'shift_y': (-0.1, 0.1),
            'scale': (0.9, 1.1),
            'shear': (-5, 5),
        }
        for field, (low, high) in bounds.items():
            values = np.sort([(pose[field] - low) / (high - low) for pose in poses])
            distance = np.abs(values - np.linspace(0, 1, len(values))).max()
            assert distance < 1.95 / np.sqrt(len(values)), (name, field)
        linear = np.mean([motion['easing'] == 'linear' for motion in moved])
        assert linear == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / len(moved)))
    both = np.mean([bool(d['motion_fgr']) and bool(d['motion_bgr']) for d in drawn])
    assert both == pytest.approx(0.3 * 0.15, abs=0.015)  # independent draws


@pytest.mark.parametrize(
    ('chances', 'moving'),
    [({'fgr': 1}, {'fgr'}), ({'bgr': 1}, {'bgr'}), ({'both': 1}, {'fgr', 'bgr'}), ({}, set())],
)
def test_who_moves(chances, moving):
    results = MotionAffine(**chances)(fresh_results(4))
    for name, stream in results['streams'].items():
        assert (np.ptp(stream.matrices, axis=0).max() > 0) == (name in moving)


def test_a_motion_follows_its_curve_between_its_poses():
    results = MotionAffine(fgr=1)(fresh_results(6, 3))
    motion = results['drawn']['motion_fgr']
    angles = ease(motion['easing'], 6) * (motion['to']['rotation'] - motion['from']['rotation'])
    matrices = results['streams']['fgr'].matrices
    found = np.rad2deg(np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0]))
    np.testing.assert_allclose(found, motion['from']['rotation'] + angles, atol=1e-9)


def test_the_only_stream_of_a_segmentation_clip_is_the_foreground():
    results = MotionAffine(fgr=1)(fresh_results(4, 0, {'src': (40, 40)}))
    assert np.ptp(results['streams']['src'].matrices, axis=0).max() > 0


def test_one_frame_moves_without_a_division_by_zero():
    results = MotionAffine(fgr=1, bgr=1, both=1)(fresh_results(1))
    assert np.isfinite(results['streams']['fgr'].matrices).all()


def test_ranges_of_the_static_pose():
    transform = StaticAffine(scale={'fgr': (0.5, 1), 'bgr': (1, 1.5)})
    drawn = [transform(fresh_results(2, seed, SMALL))['drawn'] for seed in range(2000)]
    for name, low in (('fgr', 0.5), ('bgr', 1.0)):
        values = np.sort([(d[f'pose_{name}']['scale'] - low) / 0.5 for d in drawn])
        assert np.abs(values - np.linspace(0, 1, len(values))).max() < 1.95 / np.sqrt(len(values))
    turns = np.array([[d[f'pose_{n}']['rotation'] for n in ('fgr', 'bgr')] for d in drawn])
    assert abs(np.corrcoef(turns.T)[0, 1]) < 0.08
    assert np.abs(turns).max() <= 10


def test_a_pose_is_the_same_for_all_frames():
    results = StaticAffine()(fresh_results(4))
    stream = results['streams']['fgr']
    assert (stream.matrices == stream.matrices[0]).all()
    assert not np.allclose(stream.matrices[0], np.eye(3))
    assert results['drawn']['pose_fgr']['scale'] == 1
