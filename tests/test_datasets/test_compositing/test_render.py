from fractions import Fraction

import numpy as np
import pytest

from rvm.datasets.compositing import Drift, Sample, Take, composite, render
from rvm.datasets.compositing.render import cover_square, fit_square, resize, scaled
from rvm.datasets.frames import ArrayFrames
from tests.test_datasets.clips import CountingFrames, centre_of, smooth_pictures
from tests.test_datasets.composited import soft_disc

STILL = {'rotation': 0.0, 'shift_x': 0.0, 'shift_y': 0.0, 'scale': 1.0, 'shear': 0.0}
RIGHT = STILL | {'shift_x': 0.2}


def image_source(height, width):
    frame = smooth_pictures(1, height, width, 4)
    frame[0, ..., 3] = soft_disc(height, width)
    return ArrayFrames(frame, 'rgba')


def moved(drift, height=20, width=30, side=24, num_frames=5):
    background = ArrayFrames(smooth_pictures(1, 20, 20, 3, 7), 'rgb')
    foreground = Take('x', image_source(height, width))
    return Sample(foreground, Take('y', background), (side, side), num_frames, drift)


def test_composites_are_rounded_for_every_pair_of_values():
    values = np.arange(256, dtype=np.uint8)
    fgr, bgr = np.meshgrid(values, values, indexing='ij')
    fgr, bgr = (np.repeat(image[..., None], 3, -1) for image in (fgr, bgr))
    for alpha in range(256):
        found = composite(fgr, np.full((256, 256), alpha, np.uint8), bgr)
        share = alpha / 255
        exact = fgr[..., 0] * share + bgr[..., 0] * (1 - share)
        assert np.abs(found[..., 0] - exact).max() <= 0.5 + 1e-9
    assert composite(fgr, np.full((256, 256), 255, np.uint8), bgr).tobytes() == fgr.tobytes()
    assert composite(fgr, np.zeros((256, 256), np.uint8), bgr).tobytes() == bgr.tobytes()


def test_there_are_no_ties():
    halves = [n for n in range(255 * 255 + 1) if Fraction(n, 255) % 1 == Fraction(1, 2)]
    assert halves == []


def test_sizes_are_rounded_and_never_one_short():
    assert scaled((1080, 1920), 512, 1920) == (288, 512)
    assert scaled((3, 2), 512, 3) == (512, 341)
    for side in (511, 512, 2047):
        for length in range(1, 900, 7):
            height, width = scaled((length, 640), side, max(length, 640))
            assert max(height, width) == side
            assert min(scaled((length, 640), side, min(length, 640))) == side
    assert scaled((1, 4000), 512, 4000) == (1, 512)


@pytest.mark.parametrize('side', [24, 25, 64])
def test_an_image_is_fitted_by_its_long_side_with_zeros_around(side):
    image = np.full((20, 30, 4), 200, np.uint8)
    square = fit_square(image, side)
    height = round(20 * side / 30)
    top = (side - height) // 2
    assert square.shape == (side, side, 4)
    assert (square[top : top + height] == 200).all()
    assert not square[:top].any()
    assert not square[top + height :].any()
    tall = fit_square(np.ascontiguousarray(image.transpose(1, 0, 2)), side)
    assert np.array_equal(tall, square.transpose(1, 0, 2))


@pytest.mark.parametrize('side', [7, 10, 33])
def test_a_background_covers_the_square_with_its_middle(side):
    image = np.zeros((10, 30, 4), np.uint8)
    image[:, 10:20] = 250
    square = cover_square(image, side)
    assert square.shape == (side, side, 4)
    assert (square[:, side // 4 : -(side // 4)] == 250).all()
    assert not cover_square(image[:, :10], side).any()


def test_what_is_reduced_is_averaged_and_colours_do_not_know_alpha():
    checks = np.zeros((40, 40, 4), np.uint8)
    checks[::2, ::2, :3] = checks[1::2, 1::2, :3] = 255
    small = resize(checks, 10, 10)
    assert np.abs(small[1:-1, 1:-1, :3].astype(int) - 127).max() <= 2
    assert not small[..., 3].any()


def test_a_clip_is_resized_and_decoded_once_a_frame():
    foreground = CountingFrames(smooth_pictures(4, 24, 32, 4))
    background = CountingFrames(smooth_pictures(1, 10, 10, 3), 'rgb')
    sample = Sample(Take('x', foreground, 1), Take('y', background), (13, 17), 7)
    pictures = render(sample, 1, 5)  # frames 2 3 2 1 of the clip
    assert foreground.loaded == [1, 2, 3]
    assert background.loaded == [0]
    frames = smooth_pictures(4, 24, 32, 4)
    for place, number in enumerate((2, 3, 2, 1)):
        wanted = resize(frames[number], 13, 17)
        assert np.array_equal(pictures['fgr'][place], wanted[..., :3])
        assert np.array_equal(pictures['pha'][place], wanted[..., 3])
        parts = (pictures[name][place] for name in ('fgr', 'pha', 'bgr'))
        assert np.array_equal(pictures['com'][place], composite(*parts))
    assert (pictures['bgr'] == pictures['bgr'][0]).all()
    assert pictures['com'].shape == (4, 13, 17, 3)


def test_a_clip_of_the_right_size_is_not_touched():
    frames = smooth_pictures(3, 12, 16, 4)
    background = Take('y', ArrayFrames(smooth_pictures(1, 12, 16, 3, 5), 'rgb'))
    sample = Sample(Take('x', ArrayFrames(frames, 'rgba')), background, (12, 16), 3)
    pictures = render(sample, 0, 3)
    assert np.array_equal(pictures['fgr'], frames[..., :3])
    assert np.array_equal(pictures['pha'], frames[..., 3])


def test_an_image_drifts_from_its_first_pose():
    pictures = render(moved(Drift(STILL, RIGHT, 0.5, False)), 0, 5)
    image = next(image_source(20, 30).load([0]))
    assert np.array_equal(pictures['pha'][0], fit_square(image, 24)[..., 3])
    centres = np.array([centre_of(pha) for pha in pictures['pha']])
    steps = np.diff(centres, axis=0)
    # A fifth of 30 pixels, of which half, over 4 steps, at 24 / 30 of the size.
    assert np.allclose(steps, [0.2 * 24 * 0.5 / 4, 0], atol=0.05)
    assert not np.array_equal(pictures['fgr'][0], pictures['fgr'][4])


def test_a_mirrored_image_is_the_mirror_image():
    plain, mirrored = (
        render(moved(Drift(STILL, STILL, 1.0, mirrored)), 0, 1) for mirrored in (False, True)
    )
    for stream in ('fgr', 'pha'):
        assert np.array_equal(mirrored[stream][0], plain[stream][0][:, ::-1])
    assert np.array_equal(mirrored['bgr'], plain['bgr'])
    assert not np.array_equal(mirrored['pha'], plain['pha'])


def test_an_image_leaves_black_where_it_has_gone():
    far = STILL | {'shift_x': 0.6}
    pictures = render(moved(Drift(far, far, 1.0, False), height=24, width=24), 0, 1)
    assert not pictures['pha'][0, :, :13].any()
    assert not pictures['fgr'][0, :, :13].any()
    assert np.array_equal(pictures['com'][0, :, :13], pictures['bgr'][0, :, :13])
