import cv2
import numpy as np
import pytest

from rvm.effects import CropView, apply_effects
from tests.test_effects.pictures import draw_effects, effects, photo, smooth, to_batch

EVERYTHING = {
    'grain_strength': 0.1,
    'brightness': 1.2,
    'contrast': 0.8,
    'saturation': 1.5,
    'hue': 0.1,
    'grey': 1,
    'sharpness': 3,
    'blur': 2,
}


def test_identity_returns_the_picture_itself():
    image = photo()
    before = image.copy()
    assert apply_effects(image, effects(grain_size=3, grain_seed=5, blur=0.9)) is image
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize('name', EVERYTHING)
@pytest.mark.parametrize('view', [None, CropView(160, 96, 120)])
def test_alpha_is_only_sharpened_and_blurred(name, view):
    params = effects(**{name: EVERYTHING[name]})
    image = photo()
    out = apply_effects(image.copy(), params, view)
    assert out.dtype == np.uint8
    assert out.shape == image.shape
    assert np.abs(out[..., :3].astype(int) - image[..., :3]).max() > 3
    changed = np.abs(out[..., 3].astype(int) - image[..., 3]).max()
    assert changed > 3 if name in ('sharpness', 'blur') else changed == 0
    without = apply_effects(np.ascontiguousarray(image[..., :3]), params, view)
    np.testing.assert_array_equal(without, out[..., :3])


@pytest.mark.parametrize('size', [(1, 1), (1, 9), (9, 1), (2, 2), (3, 40), (701, 301)])
@pytest.mark.parametrize('channels', [3, 4])
def test_any_size(size, channels):
    image = np.random.default_rng(0).integers(0, 256, (*size, channels), dtype=np.uint8)
    for name, value in EVERYTHING.items():
        assert apply_effects(image.copy(), effects(**{name: value})).shape == image.shape
    assert apply_effects(image.copy(), effects(**EVERYTHING)).shape == image.shape


def test_a_stripe_does_not_see_where_the_picture_is_cut(monkeypatch):
    params = effects(**EVERYTHING | {'grey': 0}, grain_size=2.3)
    whole = apply_effects(photo(), params)
    monkeypatch.setattr('rvm.effects.worker.STRIPE', 1000)
    np.testing.assert_array_equal(apply_effects(photo(), params), whole)


def test_extremes_saturate_instead_of_wrapping():
    board = np.zeros((40, 40, 4), np.uint8)
    board[::4] = board[:, ::4] = 255
    sharp = apply_effects(board.copy(), effects(sharpness=8))
    np.testing.assert_array_equal(sharp, board)  # black and white can get no further apart
    ramp = np.tile(np.arange(40, dtype=np.uint8)[:, None] * 6, (1, 40))
    ramp = cv2.merge([ramp] * 4)
    bright = apply_effects(ramp.copy(), effects(brightness=9))
    assert (np.diff(bright[:, 0, 0].astype(int)) >= 0).all()
    assert apply_effects(ramp.copy(), effects(brightness=0))[..., :3].max() == 0
    flat = apply_effects(ramp.copy(), effects(contrast=0))
    assert np.ptp(flat[..., :3]) == 0
    assert apply_effects(ramp.copy(), effects(contrast=50))[-1, 0, 0] == 255


@pytest.mark.parametrize('brightness', [0.6, 1.0, 1.7])
def test_contrast_turns_about_the_mean_of_the_brightened_picture(brightness):
    image = photo()
    flat = apply_effects(image.copy(), effects(brightness=brightness, contrast=0))
    bright = np.minimum(image[..., :3] * brightness, 255)
    assert np.ptp(flat[..., :3]) == 0
    assert abs(flat[0, 0, 0] - (bright @ [0.299, 0.587, 0.114]).mean()) <= 0.5


def test_grain_is_new_with_every_seed_and_the_same_with_one():
    params = [effects(grain_strength=0.05, grain_size=2, grain_seed=seed) for seed in (3, 3, 4)]
    grey = np.full((80, 90, 3), 128, np.uint8)
    one, again, other = (apply_effects(grey.copy(), row) for row in params)
    np.testing.assert_array_equal(one, again)
    first, second = (np.float64(x).ravel() - 128 for x in (one, other))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.05


@pytest.mark.parametrize('mono', [0, 1])
def test_grain_has_the_size_strength_and_colour_asked_for(mono):
    grey = np.full((256, 256, 3), 128, np.uint8)
    params = effects(grain_strength=0.1, grain_mono=mono, grain_seed=1)
    noise = apply_effects(grey, params).astype(float) - 128
    assert noise.std() == pytest.approx(25.5, rel=0.02)
    correlation = np.corrcoef(noise.reshape(-1, 3).T)[0, 1]
    assert correlation == pytest.approx(mono, abs=0.02)
    coarse = effects(grain_strength=0.1, grain_mono=1, grain_seed=1, grain_size=4)
    noise = apply_effects(np.full((256, 256, 3), 128, np.uint8), coarse).astype(float)[..., 0] - 128
    along = [np.corrcoef(noise[:, d:].ravel(), noise[:, : 256 - d].ravel())[0, 1] for d in (2, 8)]
    assert along[0] > 0.5
    assert abs(along[1]) < 0.05


def test_a_frame_costs_no_more_memory_the_second_time():
    from rvm.effects.worker import _KEPT

    rng = np.random.default_rng(0)
    for size in (96, 40, 96):
        for _ in range(5):
            apply_effects(smooth(size, 2 * size), draw_effects(rng, 'grain'))
    kept = [piece.nbytes for piece in vars(_KEPT).values()]
    assert len(kept) <= 6
    assert to_batch(photo()).shape == (1, 4, 96, 120)
