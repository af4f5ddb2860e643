import numpy as np
import pytest
import torch

from rvm.errors import UserError
from rvm.inference.scene_cut import SceneCutDetector
from tests.test_io.media_factory import pattern


def _flat(value: float, height: int = 40, width: int = 60) -> torch.Tensor:
    return torch.full((3, height, width), value)


def test_a_cut_is_a_difference_above_the_threshold():
    detector = SceneCutDetector(0.2)
    assert [detector(_flat(v)) for v in (0.9, 0.9, 0.71, 0.5, 0.5)] == [
        *(False, False, False),  # the first frame of all, the same, a little darker
        *(True, False),
    ]


def test_the_first_frame_after_a_reset_is_no_cut():
    detector = SceneCutDetector(0.2)
    detector(_flat(0.0))
    detector.reset()
    assert not detector(_flat(1.0))
    assert detector(_flat(0.0))


@pytest.mark.parametrize('dtype', [torch.uint8, torch.uint16, torch.float16, torch.float64])
@pytest.mark.parametrize(('change', 'expected'), [(0.22, True), (0.18, False)])
def test_every_type_has_one_scale(dtype, change, expected):
    peak = {torch.uint8: 255, torch.uint16: 65535}.get(dtype, 1)
    detector = SceneCutDetector(0.2)
    detector((_flat(0.5) * peak).to(dtype))
    assert detector((_flat(0.5 + change) * peak).to(dtype)) == expected


@pytest.mark.parametrize('size', [(2, 3), (16, 16), (37, 91), (1080, 1920)])
def test_every_size_is_seen(size):
    detector = SceneCutDetector(0.2)
    assert not detector(_flat(0.0, *size))
    assert detector(_flat(0.5, *size))
    assert detector(_flat(0.0, 24, 32))  # a size of its own is compared all the same


def test_motion_is_no_cut_and_another_picture_is():
    frames = [torch.from_numpy(image).permute(2, 0, 1) for image in pattern(6, 256, 192)]
    detector = SceneCutDetector(0.2)
    assert not any(detector(frame) for frame in frames)
    noise = np.random.default_rng(0).integers(0, 256, (3, 12, 16), np.uint8)
    assert detector(torch.from_numpy(noise.repeat(16, 1).repeat(16, 2)))


@pytest.mark.parametrize('threshold', [0, 1, -0.1, 2, float('nan')])
def test_impossible_thresholds_are_refused(threshold):
    with pytest.raises(UserError, match='scene_threshold: expected a number in'):
        SceneCutDetector(threshold)
