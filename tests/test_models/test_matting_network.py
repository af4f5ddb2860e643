import copy

import pytest
import torch
import torch.nn.functional as F

from rvm.models import build_network


def _shapes(state) -> list[tuple[int, ...]]:
    return [tuple(r.shape) for r in state]


@pytest.fixture
def network(tiny_network):
    return tiny_network.eval()


@pytest.mark.parametrize('ratio', [1.0, 0.5])
@pytest.mark.parametrize('lead', [(2,), (2, 3), (1, 1)])
@torch.no_grad()
def test_shapes_and_ranges(network, lead, ratio):
    src = torch.rand(*lead, 3, 50, 70)
    fgr, pha, state = network(src, None, ratio)
    assert fgr.shape == src.shape
    assert pha.shape == (*lead, 1, 50, 70)
    for x in (fgr, pha):
        assert x.min() >= 0
        assert x.max() <= 1
    # the small source is 50x70 or 25x35 pixels
    sizes = [(25, 35), (13, 18), (7, 9), (4, 5)] if ratio == 1 else [
        (13, 18), (7, 9), (4, 5), (2, 3)]  # fmt: skip
    channels = network.decoder.state_channels
    assert channels == (4, 5, 6, 8)
    assert _shapes(state) == [(lead[0], c, *s) for c, s in zip(channels, sizes, strict=True)]
    seg, seg_state = network.segment(src)
    assert seg.shape == (*lead, 1, 50, 70)
    assert _shapes(seg_state) == [
        (lead[0], c, *s)
        for c, s in zip(channels, [(25, 35), (13, 18), (7, 9), (4, 5)], strict=True)
    ]


@pytest.mark.parametrize(
    ('src', 'match'),
    [
        (torch.rand(3, 32, 32), '3 dimensions'),
        (torch.rand(1, 1, 1, 3, 32, 32), '6 dimensions'),
        (torch.rand(1, 4, 32, 32), r'3 channels \(RGB\), got 4; drop an alpha'),
        (torch.rand(1, 2, 1, 32, 32), '3 channels .*got 1'),
        (torch.zeros(1, 3, 32, 32, dtype=torch.uint8), 'expected float'),
        (torch.zeros(1, 3, 32, 32, dtype=torch.long), 'expected float'),
    ],
    ids=['3-D', '6-D', 'RGBA', 'grey', 'uint8', 'int64'],
)
def test_wrong_sources_are_refused(network, src, match):
    for call in (network, network.segment):
        with pytest.raises(ValueError, match=f'src: .*{match}'):
            call(src)


@pytest.mark.parametrize('ratio', [0.0, -1.0, 1.5, float('nan'), float('inf')])
def test_impossible_ratios_are_refused(network, ratio):
    with pytest.raises(ValueError, match='downsample_ratio: expected'):
        network(torch.rand(1, 3, 32, 32), None, ratio)


@pytest.mark.parametrize('size', [(300, 60), (60, 300)])
def test_a_ratio_that_leaves_nothing_is_refused(network, size):
    with pytest.raises(ValueError, match=r'downsample_ratio: 0\.01 leaves nothing'):
        network(torch.rand(1, 3, *size), None, 0.01)


def test_states_that_do_not_fit_are_refused(network):
    with torch.no_grad():
        state = network(torch.rand(2, 3, 64, 48))[2]
        network(torch.rand(2, 3, 64, 48), state)
        for src, ratio in [
            (torch.rand(2, 3, 48, 64), 1.0),  # turned
            (torch.rand(2, 3, 64, 80), 1.0),  # wider
            (torch.rand(1, 3, 64, 48), 1.0),  # fewer clips
            (torch.rand(1, 2, 3, 64, 48), 1.0),  # two frames instead of two clips
            (torch.rand(2, 3, 64, 48), 0.5),  # another ratio
        ]:
            with pytest.raises(ValueError, match=r'state: .*state=None'):
                network(src, state, ratio)


@torch.no_grad()
def test_without_a_refiner_results_are_upsampled(tiny_config, network):
    plain = build_network({**tiny_config, 'refiner': None}).eval()
    plain.load_state_dict(
        {k: v for k, v in network.state_dict().items() if not k.startswith('refiner.')}
    )
    src = torch.rand(1, 2, 3, 50, 71)
    fgr, pha, _ = plain(src, None, 0.5)
    assert fgr.shape == src.shape
    small = F.interpolate(src[0], scale_factor=0.5, mode='bilinear')
    expected = plain.project_mat(plain.decoder(small, _maps(plain, small), None, 1)[0])
    expected = F.interpolate(expected, (50, 71), mode='bilinear')
    torch.testing.assert_close(pha[0], expected[:, 3:].clamp(0, 1))
    torch.testing.assert_close(fgr[0], (expected[:, :3] + src[0]).clamp(0, 1))
    # at ratio 1 a refiner has nothing to do
    for a, b in zip(plain(src)[:2], network(src)[:2], strict=True):
        assert torch.equal(a, b)


def _maps(network, small):
    *fine, deepest = network.backbone(small)
    return [*fine, network.aspp(deepest)]


@torch.no_grad()
def test_segmentation_ignores_the_refiner_and_the_matting_head(network):
    src = torch.rand(1, 2, 3, 48, 64)
    seg, state = network.segment(src)
    other = copy.deepcopy(network)
    for parameter in (*other.refiner.parameters(), *other.project_mat.parameters()):
        parameter.fill_(torch.nan)
    again, again_state = other.segment(src)
    assert torch.equal(seg, again)
    assert all(torch.equal(a, b) for a, b in zip(state, again_state, strict=True))
    assert other(src, None, 0.5)[1].isnan().any()
    assert seg.min() < 0 or seg.max() > 1  # logits, not clamped
    matting_state = network(src)[2]
    assert all(torch.equal(a, b) for a, b in zip(state, matting_state, strict=True))


def test_gradients_flow_back_through_time_and_never_forward(network):
    src = torch.rand(2, 3, 3, 48, 64, requires_grad=True)
    _, state = network.segment(src)
    seg, _ = network.segment(src, state)
    for t in range(3):
        (grad,) = torch.autograd.grad(seg[0, t].sum(), src, retain_graph=True)
        past_and_present = grad[0].abs().amax((1, 2, 3))
        # all three frames through the state, whichever frame of the second call is asked
        assert (past_and_present > 0).all()
        assert not grad[1].any()
    seg, _ = network.segment(src)
    for t in range(3):
        (grad,) = torch.autograd.grad(seg[0, t].sum(), src, retain_graph=True)
        reached = grad[0].abs().amax((1, 2, 3)) > 0
        assert reached.tolist() == [frame <= t for frame in range(3)]


@torch.no_grad()
def test_bf16_autocast_is_close_to_float32(golden_network):
    network = golden_network('mobilenetv3', 'deep')
    src = torch.rand(1, 2, 3, 96, 128, generator=torch.Generator().manual_seed(0))
    fgr, pha, _ = network(src, None, 0.5)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        low_fgr, low_pha, low_state = network(src, None, 0.5)
        low_pha_next = network(src, low_state, 0.5)[1]
    pha_next = network(src, network(src, None, 0.5)[2], 0.5)[1]
    for a, b in ((low_fgr, fgr), (low_pha, pha), (low_pha_next, pha_next)):
        difference = (a.float() - b).abs()
        assert difference.mean() < 0.01
        assert difference.max() < 0.1
    assert (low_pha.float() != pha).any()  # it did run in bf16
