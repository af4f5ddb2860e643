import numpy as np
import pytest
import torch
import torch.nn.functional as F
from skimage import data
from torchvision.transforms.v2 import functional as T

from rvm.effects import CropView, apply_effects, apply_effects_batch, identity
from rvm.effects.definitions import blur_kernel
from tests.test_effects.pictures import draw_effects, effects, photo, smooth, to_batch, to_image

VIEW = CropView(160, 96, 120)
FULL = {
    'grain': {'grain_strength': 0.1, 'grain_size': 1.7, 'grain_seed': 5},
    'brightness': {'brightness': 1.4},
    'contrast': {'contrast': 1.6},
    'saturation': {'saturation': 0.4},
    'hue': {'hue': -0.3},
    'grey': {'grey': 1},
    'sharpness': {'sharpness': 5},
    'blur': {'blur': 3.3},
}


def _differences(image, params, view=None):
    """Mean and largest difference of worker and device, in 1/255."""
    ours = apply_effects(image.copy(), params, view).astype(float)
    difference = np.abs(ours - to_image(apply_effects_batch(to_batch(image), params[None], view)))
    return difference.mean(), difference.max()


@pytest.mark.parametrize('view', [None, VIEW])
@pytest.mark.parametrize('picture', [photo, smooth])
@pytest.mark.parametrize('name', FULL)
def test_each_effect_equals_the_workers(name, picture, view):
    rng = np.random.default_rng(1)
    rows = [effects(**FULL[name])] + [draw_effects(rng, name) for _ in range(12)]
    for params in rows:
        mean, largest = _differences(picture(), params, view)
        # one rounding is 0.25 on average and 0.5 at most
        assert mean < 0.3
        assert largest < 1


@pytest.mark.parametrize('view', [None, VIEW])
@pytest.mark.parametrize('picture', [photo, smooth])
def test_all_effects_together_equal_the_workers(picture, view):
    rng = np.random.default_rng(2)
    means = [_differences(picture(), draw_effects(rng), view)[0] for _ in range(40)]
    assert np.mean(means) < 1
    assert np.max(means) < 1


def test_what_sharpening_makes_of_the_rounding_before_it():
    params = [
        effects(brightness=1.1, saturation=1.2, hue=0.03, sharpness=factor) for factor in (1, 4, 8)
    ]
    weak, strong, extreme = (_differences(photo(), row)[0] for row in params)
    assert weak < 0.5
    assert strong < 1
    assert extreme < 1.5  # 8 bits before, and amplified: the one case over 1/255


@pytest.mark.parametrize('value', [0.3, 0.9, 1.3])
@pytest.mark.parametrize(
    ('name', 'reference'),
    [
        ('brightness', T.adjust_brightness),
        ('contrast', T.adjust_contrast),
        ('saturation', T.adjust_saturation),
        ('sharpness', T.adjust_sharpness),
    ],
)
def test_torchvision_agrees(name, reference, value):
    for picture in (photo(), smooth()):
        frames = to_batch(picture)
        ours = apply_effects_batch(frames, effects(**{name: value})[None])
        torch.testing.assert_close(ours[:, :3], reference(frames[:, :3], value), atol=1e-3, rtol=0)


@pytest.mark.parametrize('turn', [-0.5, -0.34, -0.1, -0.004, 0.01, 0.16, 0.25, 0.4, 0.5])
def test_torchvision_agrees_on_the_hue(turn):
    frames = to_batch(photo())
    ours = apply_effects_batch(frames, effects(hue=turn)[None])
    torch.testing.assert_close(ours[:, :3], T.adjust_hue(frames[:, :3], turn), atol=1e-4, rtol=0)


@pytest.mark.parametrize('sigma', [1, 1.6, 2.2, 10])
def test_torchvision_agrees_on_the_blur(sigma):
    frames = to_batch(photo())
    taps = int(2 * sigma) // 2 * 2 + 1
    reference = T.gaussian_blur(frames, [taps, taps], [sigma, sigma])
    ours = apply_effects_batch(frames, effects(blur=sigma)[None])
    torch.testing.assert_close(ours, reference, atol=1e-5, rtol=0)


def test_torchvision_agrees_on_grey():
    frames = to_batch(photo())
    ours = apply_effects_batch(frames, effects(grey=1)[None])
    torch.testing.assert_close(ours[:, :3], T.rgb_to_grayscale(frames[:, :3], 3), atol=1e-3, rtol=0)
    assert torch.equal(ours[:, 3], frames[:, 3])


def test_the_order_is_grain_color_grey_sharpness_blur():
    frames = to_batch(photo())
    steps = [
        {'grain_strength': 0.1, 'grain_size': 2, 'grain_seed': 5},
        {'brightness': 1.3},
        {'contrast': 0.6},
        {'saturation': 1.9},
        {'hue': 0.2},
        {'grey': 1},
        {'sharpness': 6},
        {'blur': 2},
    ]
    for last in (5, len(steps)):  # grey hides what was done to the hue
        used = steps[:last]
        together = apply_effects_batch(
            frames, effects(**{k: v for s in used for k, v in s.items()})[None]
        )
        one_by_one = frames
        for step in used:
            one_by_one = apply_effects_batch(one_by_one, effects(**step)[None])
        torch.testing.assert_close(together, one_by_one, atol=1e-5, rtol=0)


@pytest.mark.parametrize('view', [None, VIEW])
def test_a_batch_is_its_frames(view, monkeypatch):
    monkeypatch.setattr('rvm.effects.device.CHUNK', 4 * 4 * 96 * 120)
    rng = np.random.default_rng(3)
    params = np.stack([draw_effects(rng, name) for name in [*FULL, *FULL]] + [effects()] * 2)
    params = rng.permutation(np.concatenate([params, [draw_effects(rng) for _ in range(4)]]))
    frames = torch.rand(len(params), 4, 96, 120)
    before = frames.clone()
    together = apply_effects_batch(frames, torch.from_numpy(params), view)
    assert torch.equal(frames, before)
    for number in range(len(params)):
        one = slice(number, number + 1)
        alone = apply_effects_batch(frames[one], params[one], view)
        torch.testing.assert_close(together[one], alone, atol=1e-6, rtol=0)


def test_identity_returns_the_frames_bit_for_bit():
    frames = torch.rand(3, 4, 20, 30) * 1.5 - 0.2  # not even clamped
    assert apply_effects_batch(frames, identity(3)) is frames
    params = identity(3)
    params[1] = effects(blur=2)
    out = apply_effects_batch(frames, params)
    assert torch.equal(out[[0, 2]], frames[[0, 2]])
    assert not torch.equal(out[1], frames[1])


@pytest.mark.parametrize('name', ['brightness', 'contrast', 'saturation', 'hue'])
def test_a_colour_leaves_alone_what_the_others_do(name):
    frames = to_batch(photo())
    out = apply_effects_batch(frames, effects(**FULL[name])[None])
    assert torch.equal(out[:, 3], frames[:, 3])
    neighbour = np.stack([effects(), effects(**FULL[name])])
    both = apply_effects_batch(frames.repeat(2, 1, 1, 1), neighbour)
    assert torch.equal(both[0], frames[0])
    assert torch.equal(both[1], out[0])


def test_alpha_is_untouched_by_grain_and_blurred_with_its_picture():
    frames = to_batch(photo())
    grain = apply_effects_batch(frames, effects(**FULL['grain'])[None])
    assert torch.equal(grain[:, 3], frames[:, 3])
    blur = apply_effects_batch(frames, effects(blur=3)[None])
    alone = apply_effects_batch(frames[:, 3:].repeat(1, 3, 1, 1), effects(blur=3)[None])
    torch.testing.assert_close(blur[:, 3:], alone[:, :1])


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float64])
def test_other_types_come_back_and_are_computed_in_float32(dtype):
    frames = to_batch(photo()).to(dtype)
    params = np.stack([draw_effects(np.random.default_rng(5))])
    out = apply_effects_batch(frames, params)
    assert out.dtype == dtype
    assert torch.equal(out, apply_effects_batch(frames.float(), params).to(dtype))


@pytest.mark.parametrize('size', [(1, 1), (1, 7), (2, 2), (3, 25)])
@pytest.mark.parametrize('name', FULL)
def test_pictures_smaller_than_the_kernels(size, name):
    image = np.random.default_rng(0).integers(0, 256, (*size, 4), dtype=np.uint8)
    params = effects(**FULL[name] if name != 'blur' else {'blur': 10})
    assert _differences(image, params)[1] < 1.5


def test_the_border_is_not_sharpened():
    frames = to_batch(photo())
    sharp = apply_effects_batch(frames, effects(sharpness=8)[None])
    kept = (sharp == frames).all(1)[0]
    assert kept[[0, -1]].all()
    assert kept[:, [0, -1]].all()
    assert not kept[1:-1, 1:-1].all()


def _crop(frames, view):
    resized = F.interpolate(frames, (view.side, view.side), mode='bilinear')
    return resized[..., view.area[0], view.area[1]]


@pytest.mark.parametrize('shape', [(120, 90), (80, 80), (144, 159)])
@pytest.mark.parametrize(
    ('values', 'floor'),
    [
        # strong fine grain is clamped before the crop averages it, or after: the picture differs
        ({'grain_strength': 0.2, 'grain_size': 1, 'grain_mono': 1, 'grain_seed': 5}, 26),
        ({'grain_strength': 0.05, 'grain_size': 2, 'grain_seed': 5}, 45),
        ({'grain_strength': 0.05, 'grain_size': 3.3, 'grain_seed': 5}, 50),
        ({'brightness': 1.2, 'contrast': 0.8, 'saturation': 1.2, 'hue': 0.05}, 36),
        ({'sharpness': 3}, 38),
        ({'sharpness': 8}, 28),
        ({'blur': 1}, 38),
        ({'blur': 2.5}, 38),
        ({'blur': 5.5}, 35),
    ],
)
def test_in_the_view_effects_look_as_before_the_crop(values, floor, shape):
    view = CropView(160, *shape)
    image = to_batch(data.astronaut()[60:220, 150:310])  # as sharp as a camera makes it
    params = effects(**values)[None]
    expected = _crop(apply_effects_batch(image, params), view)
    folded = apply_effects_batch(_crop(image, view), params, view)
    unscaled = apply_effects_batch(_crop(image, view), params)
    assert _psnr(folded, expected) > floor, f'{_psnr(folded, expected):.1f}'
    assert _psnr(folded, expected) > _psnr(_crop(image, view), expected) + 3
    if set(values) & {'sharpness', 'blur', 'grain_strength'}:
        assert _psnr(folded, expected) > _psnr(unscaled, expected) or view.scale > 0.9


def _psnr(one, other):
    return -10 * torch.log10(((one - other) ** 2).mean()).item()


def test_kernels_of_different_lengths_share_a_batch():
    frames = to_batch(photo(), 3)
    params = np.stack([effects(blur=sigma) for sigma in (1, 4, 10)])
    assert {len(blur_kernel(sigma)) for sigma in (1, 4, 10)} == {3, 9, 21}
    out = apply_effects_batch(frames, params)
    for number in range(3):
        alone = apply_effects_batch(frames[:1], params[number : number + 1])
        torch.testing.assert_close(out[number : number + 1], alone, atol=1e-6, rtol=0)


@pytest.mark.gpu
@pytest.mark.parametrize('view', [None, VIEW])
def test_the_gpu_agrees_with_the_cpu(view):
    if not torch.cuda.is_available():
        pytest.skip('no CUDA device')
    rng = np.random.default_rng(6)
    params = np.stack([draw_effects(rng) for _ in range(8)])
    frames = to_batch(photo(), 8)
    ours = apply_effects_batch(frames.cuda(), params, view).cpu()
    torch.testing.assert_close(ours, apply_effects_batch(frames, params, view), atol=1e-4, rtol=0)
