"""The golden numbers of the original network, and that time is only ever handed on as state."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.golden_weights import BACKBONES, GOLDEN

TOLERANCE = 1e-4
STATE_TOLERANCE = 1e-5
# ResNet50's states: float32 rounding of a sum over 2048 large channels, which depends on how many
# frames a convolution takes at once (in float64 nothing is left of it, see the test below)
ROUNDING = {'mobilenetv3': 1e-5, 'resnet50': 1e-4}
EXPECTED_CASES = {
    ('mobilenetv3', 'deep'): 'abcd',
    ('mobilenetv3', 'fast'): 'cd',
    ('resnet50', 'deep'): 'abcd',
    ('resnet50', 'fast'): 'cd',
}


@dataclass
class Case:
    """One golden case; `values` holds every 4th pixel of the results, and means."""

    backbone: str
    refiner: str
    src: Tensor  # [B, T, 3, H, W] in 0..1
    ratio: float
    values: dict[str, np.ndarray]


def _find_cases() -> dict[str, Case]:
    cases = {}
    for path in sorted(GOLDEN.glob('forward_*_guided_filter.npz')):
        backbone, refiner = path.stem.removeprefix('forward_').split('_')[:2]
        with np.load(path) as arrays:
            content = dict(arrays)
        for letter in sorted({key[0] for key in content}):
            values = {key[2:]: value for key, value in content.items() if key[0] == letter}
            src = torch.from_numpy(values.pop('src')).float() / 255
            ratio = float(values.pop('ratio'))
            cases[f'{backbone}-{refiner}-{letter}'] = Case(backbone, refiner, src, ratio, values)
    return cases


CASES = _find_cases()


@pytest.fixture(params=list(CASES))
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def case(name: str) -> Case:
    return CASES[name]


def _worst(a: Tensor, b: Tensor | np.ndarray) -> float:
    b = torch.as_tensor(b)
    assert a.shape == b.shape
    return float((a - b).abs().max())


def _every_4th(x: Tensor) -> Tensor:
    return x[..., ::4, ::4]


def test_all_cases_are_there():
    found = [key.rsplit('-', 1) for key in CASES]
    expected = [
        [f'{backbone}-{refiner}', letter]
        for (backbone, refiner), letters in EXPECTED_CASES.items()
        for letter in letters
    ]
    assert sorted(found) == sorted(expected)
    names = {'fgr', 'pha', 'seg', 'pha_next', 'pha_mean', 'r1_mean', 'r4_mean'}
    assert all(set(case.values) == names for case in CASES.values())


@pytest.fixture(scope='module')
def run_clip(golden_network) -> Callable:
    """Call with a case's name: (fgr, pha, state) of its clip, computed once."""

    @cache
    @torch.no_grad()
    def run(name: str) -> tuple:
        case = CASES[name]
        return golden_network(case.backbone, case.refiner)(case.src, None, case.ratio)

    return run


@torch.no_grad()
def test_forward_equals_the_original(name, case, golden_network, run_clip):
    network = golden_network(case.backbone, case.refiner)
    fgr, pha, state = run_clip(name)
    _, pha_next, _ = network(case.src.flip(1), state, case.ratio)
    seg, _ = network.segment(case.src)
    assert _worst(_every_4th(fgr), case.values['fgr']) <= TOLERANCE
    assert _worst(_every_4th(pha), case.values['pha']) <= TOLERANCE
    assert _worst(_every_4th(pha_next), case.values['pha_next']) <= TOLERANCE
    assert _worst(_every_4th(seg), case.values['seg']) <= TOLERANCE
    assert _worst(pha.mean(), case.values['pha_mean']) <= TOLERANCE
    assert _worst(state[0].mean(), case.values['r1_mean']) <= TOLERANCE
    assert _worst(state[3].mean(), case.values['r4_mean']) <= TOLERANCE


@torch.no_grad()
def test_golden_alpha_is_not_saturated(case):
    """Values at 0 or 1 would agree whatever the network does."""
    pha = case.values['pha']
    assert ((pha > 0) & (pha < 1)).mean() > 0.7


@torch.no_grad()
def test_clip_at_once_equals_frame_by_frame(name, case, golden_network, run_clip):
    network = golden_network(case.backbone, case.refiner)
    fgr, pha, state = run_clip(name)
    one_state = None
    for t in range(case.src.shape[1]):
        one_fgr, one_pha, one_state = network(case.src[:, t], one_state, case.ratio)
        assert _worst(one_fgr, fgr[:, t]) <= STATE_TOLERANCE
        assert _worst(one_pha, pha[:, t]) <= STATE_TOLERANCE
    for one, whole in zip(one_state, state, strict=True):
        assert _worst(one, whole) <= ROUNDING[case.backbone]


@pytest.mark.parametrize('backbone', BACKBONES)
@torch.no_grad()
def test_in_float64_frame_by_frame_is_exact(backbone, golden_network):
    network = copy.deepcopy(golden_network(backbone, 'deep')).double()
    src = CASES[f'{backbone}-deep-a'].src.double()
    fgr, pha, state = network(src, None, 0.5)
    seg, _ = network.segment(src)
    one_state, seg_state = None, None
    for t in range(src.shape[1]):
        one_fgr, one_pha, one_state = network(src[:, t], one_state, 0.5)
        one_seg, seg_state = network.segment(src[:, t], seg_state)
        assert _worst(one_fgr, fgr[:, t]) <= 1e-12
        assert _worst(one_pha, pha[:, t]) <= 1e-12
        assert _worst(one_seg, seg[:, t]) <= 1e-12
    for one, whole in zip(one_state, state, strict=True):
        assert _worst(one, whole) <= 1e-12


@torch.no_grad()
def test_two_halves_equal_the_whole(name, case, golden_network, run_clip):
    network = golden_network(case.backbone, case.refiner)
    whole = torch.cat([case.src, case.src.flip(1)], dim=1)
    fgr, pha, state = network(whole, None, case.ratio)
    fgr_1, pha_1, state_1 = run_clip(name)
    fgr_2, pha_2, state_2 = network(case.src.flip(1), state_1, case.ratio)
    assert _worst(torch.cat([fgr_1, fgr_2], 1), fgr) <= STATE_TOLERANCE
    assert _worst(torch.cat([pha_1, pha_2], 1), pha) <= STATE_TOLERANCE
    for half, full in zip(state_2, state, strict=True):
        assert _worst(half, full) <= ROUNDING[case.backbone]


@pytest.mark.parametrize('backbone', BACKBONES)
@torch.no_grad()
def test_clips_of_a_batch_do_not_mix(backbone, golden_network):
    network = golden_network(backbone, 'deep')
    src = CASES[f'{backbone}-deep-b'].src
    assert src.shape[0] == 2
    fgr, pha, state = network(src)
    for index in range(2):
        one_fgr, one_pha, one_state = network(src[index : index + 1])
        assert _worst(one_fgr[0], fgr[index]) <= STATE_TOLERANCE
        assert _worst(one_pha[0], pha[index]) <= STATE_TOLERANCE
        for one, both in zip(one_state, state, strict=True):
            assert _worst(one[0], both[index]) <= STATE_TOLERANCE
