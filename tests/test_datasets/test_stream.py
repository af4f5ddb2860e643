"""Planned geometry: where things land, and what the picture is, against the steps one by one."""

import cv2
import numpy as np
import pytest
from scipy import ndimage

from rvm.datasets.affine import resize_matrix
from rvm.datasets.frames import ArrayFrames
from rvm.datasets.stream import Stream
from rvm.datasets.transforms import CropResize, FitShortSide, Flip, MotionAffine, StaticAffine
from rvm.effects import CropView
from rvm.errors import DataError
from tests.test_datasets.clips import CountingFrames, centre_of, fresh_results, smooth_pictures

SIZE = 96


def planned(seed: int, num_frames: int = 5, size: int = SIZE) -> dict:
    """Return results after all geometric steps with every chance at 1."""
    results = fresh_results(num_frames, seed, {'fgr': (150, 200), 'bgr': (180, 160)})
    for transform in (
        FitShortSide(120),
        MotionAffine(fgr=1.0, bgr=1.0, both=1.0),
        StaticAffine(scale={'fgr': (0.5, 1), 'bgr': (1, 1.5)}),
        CropResize(size),
        Flip(1.0),
    ):
        results = transform(results)
    return results


def single_steps(drawn: dict, name: str, size: tuple[int, int], num_frames: int, side: int):
    """Yield for every frame the steps [(matrix, height, width)], from what was drawn."""
    from rvm.datasets.easing import ease

    motions = ['fgr', 'both'] if name == 'fgr' else ['bgr', 'both']
    for number in range(num_frames):
        steps = []
        height, width = size
        short = min(height, width)
        fitted = (round(height * 120 / short), round(width * 120 / short))
        steps.append((_scale(fitted[0] / height, fitted[1] / width), *fitted))
        for motion in motions:
            draw = drawn[f'motion_{motion}']
            amount = ease(draw['easing'], num_frames)[number]
            pose = {
                key: (1 - amount) * draw['from'][key] + amount * draw['to'][key]
                for key in draw['from']
            }
            steps.append((_pose(pose, *fitted), *fitted))
        steps.append((_pose(drawn[f'pose_{name}'], *fitted), *fitted))
        crop = drawn[f'crop_{name}']
        shift = np.array([[1, 0, -crop['left']], [0, 1, -crop['top']], [0, 0, 1.0]])
        steps.append((shift, crop['height'], crop['width']))
        steps.append((_scale(side / crop['height'], side / crop['width']), side, side))
        steps.append((np.array([[-1.0, 0, side - 1], [0, 1, 0], [0, 0, 1]]), side, side))
        yield steps


def _scale(y: float, x: float) -> np.ndarray:
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return np.linalg.inv(half) @ np.diag([x, y, 1.0]) @ half


def _pose(pose: dict, height: int, width: int) -> np.ndarray:
    def moved(x, y):
        return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])

    angle, shear = np.deg2rad(pose['rotation']), np.deg2rad(pose['shear'])
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    lean = np.array([[1, -np.tan(shear), 0], [0, 1, 0], [0, 0, 1]])
    grow = np.diag([pose['scale'], pose['scale'], 1.0])
    x, y = (width - 1) / 2, (height - 1) / 2
    shift = moved(pose['shift_x'] * width, pose['shift_y'] * height)
    return shift @ moved(x, y) @ turn @ lean @ grow @ moved(-x, -y)


def one_step(image: np.ndarray, matrix: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resample a float64 image [H, W] bilinearly, zeros outside."""
    y, x = np.mgrid[:height, :width]
    points = np.linalg.inv(matrix) @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    values = ndimage.map_coordinates(image, points[1::-1], order=1, cval=0.0)
    return values.reshape(height, width)


def blobs(points: np.ndarray, height: int, width: int, sigma: float = 5.0) -> np.ndarray:
    """Return one picture a point, [N, H, W, 4] uint8, each with one Gaussian blob."""
    y, x = np.mgrid[:height, :width]
    pictures = np.zeros((len(points), height, width, 4), np.uint8)
    for picture, (px, py) in zip(pictures, points, strict=True):
        value = 250 * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * sigma**2))
        picture[:] = np.round(value)[..., None]
    return pictures


@pytest.mark.parametrize('view', [None, CropView(SIZE, 60, 80)], ids=['whole', 'crop in the warp'])
@pytest.mark.parametrize('seed', range(6))
def test_landmarks_land_where_the_single_steps_put_them(seed, view):
    points = np.array([(60.0, 50.0), (100, 75), (140, 95), (80, 110), (120, 60)])
    results = planned(seed)
    stream = results['streams']['fgr']
    stream.source = ArrayFrames(blobs(points, 150, 200), 'rgba')
    out = stream.render(view)
    checked = 0
    steps = single_steps(results['drawn'], 'fgr', (150, 200), 5, SIZE)
    for number, chain in enumerate(steps):
        expected = np.append(points[number], 1.0)
        for matrix, _, _ in chain:
            expected = matrix @ expected
        if view is not None:
            scale = 80 / SIZE
            expected[:2] = (expected[:2] + 0.5) * scale - 0.5 - np.array([0, 10])
        height, width = out.shape[1:3]
        if not (20 < expected[0] < width - 20 and 20 < expected[1] < height - 20):
            continue  # the blob is cut by the frame: its centroid says nothing
        found = centre_of(out[number, ..., 3])
        np.testing.assert_allclose(found, expected[:2], atol=0.05)
        checked += 1
    assert checked >= 1


@pytest.mark.parametrize('name', ['fgr', 'bgr'])
@pytest.mark.parametrize('seed', range(4))
def test_the_composed_warp_is_the_steps_done_one_by_one(seed, name):
    results = planned(seed)
    stream = results['streams'][name]
    size = (150, 200) if name == 'fgr' else (180, 160)
    out = stream.render().astype(np.float64)
    source = stream.source.frames.astype(np.float64)
    for number, chain in enumerate(single_steps(results['drawn'], name, size, 5, SIZE)):
        image, inside = source[stream.numbers[number], ..., 1], np.ones(size)
        for matrix, height, width in chain:
            image = one_step(image, matrix, height, width)
            inside = one_step(inside, matrix, height, width)
        valid = ndimage.binary_erosion(inside > 0.999, iterations=2)
        assert valid.mean() > 0.1
        error = (out[number, ..., 1] - image)[valid]
        psnr = 10 * np.log10(255**2 / np.mean(error**2))
        assert psnr > 40, psnr


def test_what_leaves_the_canvas_and_comes_back_is_kept():
    frames = np.full((1, 20, 20, 4), 200, np.uint8)
    stream = Stream('fgr', ArrayFrames(frames, 'rgba'), 1)
    away = np.array([[1.0, 0, 15], [0, 1, 0], [0, 0, 1]])
    stream.warp(away)
    stream.warp(np.linalg.inv(away))
    assert np.array_equal(stream.render(), frames)


def test_every_distinct_frame_is_decoded_once_and_equal_frames_are_stored_once():
    source = CountingFrames(smooth_pictures(6, 20, 24, 4))
    stream = Stream('fgr', source, 5)
    stream.numbers = np.array([4, 2, 2, 4, 5])
    out = stream.render()
    assert source.loaded == [2, 4, 5]
    assert np.array_equal(out, source.inner.frames[[4, 2, 2, 4, 5]])
    stream.numbers = np.array([3] * 5)
    assert stream.render().shape == (1, 20, 24, 4)
    stream.warp(np.array([np.eye(3)] * 4 + [np.diag([0.9, 0.9, 1])]))
    assert stream.render().shape == (5, 20, 24, 4)


def test_effects_before_geometry_are_done_before_it():
    first = Stream('bgr', ArrayFrames(smooth_pictures(1, 40, 40, 3), 'rgb'), 1)
    first.add_effect(blur=3.0)
    first.resize(20, 20)
    blurred_later = Stream('bgr', ArrayFrames(smooth_pictures(1, 40, 40, 3), 'rgb'), 1)
    blurred_later.resize(20, 20)
    blurred_later.add_effect(blur=3.0)
    assert first.render().shape == blurred_later.render().shape == (1, 20, 20, 3)
    assert isinstance(first.source, ArrayFrames)
    assert first.effects[0].tolist() != blurred_later.effects[0].tolist()


def test_effects_out_of_order_are_done_in_the_order_asked_for():
    stream = Stream('bgr', ArrayFrames(smooth_pictures(2, 40, 40, 3), 'rgb'), 2)
    reference = Stream('bgr', stream.source, 2)
    stream.add_effect(blur=4.0)
    stream.add_effect(brightness=1.2)  # colour comes before blur unless asked for after it
    reference.add_effect(blur=4.0)
    reference.materialise()
    reference.add_effect(brightness=1.2)
    assert np.array_equal(stream.render(), reference.render())


def test_materialised_streams_go_on_with_their_pictures():
    results = planned(0)
    stream = results['streams']['bgr']
    expected = stream.render()
    assert np.array_equal(stream.materialise(), expected)
    assert np.array_equal(stream.render(), expected)
    assert stream.size == (SIZE, SIZE)


def test_resize_keeps_the_corners_of_the_canvas():
    matrix = resize_matrix(0.5, 0.25)
    corner = matrix @ np.array([-0.5, -0.5, 1])
    np.testing.assert_allclose(corner[:2], [-0.5, -0.5])
    far = matrix @ np.array([40 - 0.5, 20 - 0.5, 1])
    np.testing.assert_allclose(far[:2], [10 - 0.5, 10 - 0.5])


def test_pictures_of_another_kind_cannot_take_the_place():
    stream = Stream('fgr', ArrayFrames(smooth_pictures(2, 8, 8, 4), 'rgba'), 2)
    for wrong in (
        np.zeros((2, 8, 8, 4), np.float32),
        np.zeros((2, 8, 8, 3), np.uint8),
        np.zeros((1, 8, 8, 4), np.uint8),
    ):
        with pytest.raises(DataError, match="the stream 'fgr' takes pictures"):
            stream.replace(wrong)


def test_frame_numbers_stay_those_of_the_clip():
    stream = Stream('bgr', ArrayFrames(smooth_pictures(9, 8, 8, 3), 'rgb'), 3)
    stream.numbers = np.array([7, 5, 5])
    frames = stream.materialise()
    assert frames.flags.writeable
    stream.pick(np.array([0, 0, 2]))
    assert stream.frame_numbers.tolist() == [7, 7, 5]


def test_a_still_under_changing_effects_is_warped_once(monkeypatch):
    calls = []
    warp = cv2.warpAffine
    monkeypatch.setattr(cv2, 'warpAffine', lambda *a, **k: calls.append(1) or warp(*a, **k))
    stream = Stream('bgr', ArrayFrames(smooth_pictures(1, 20, 20, 3), 'rgb'), 6)
    stream.resize(16, 16)
    stream.add_effect(brightness=np.linspace(0.5, 1.5, 6))
    out = stream.render()
    assert len(calls) == 1
    for number, factor in enumerate(np.linspace(0.5, 1.5, 6)):
        single = Stream('bgr', stream.source, 1)
        single.resize(16, 16)
        single.add_effect(brightness=factor)
        assert np.array_equal(single.render()[0], out[number])
