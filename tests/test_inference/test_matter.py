import copy
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import nn

from rvm.errors import UserError
from rvm.inference import Matter
from tests.test_inference.stubs import CountingNetwork, RedNetwork, counts
from tests.test_io.media_factory import pattern

GREY = np.full((8, 10, 3), 90, np.uint8)


def _stack(results) -> tuple[torch.Tensor, torch.Tensor]:
    fgrs, phas = zip(*results, strict=True)
    return torch.stack(fgrs), torch.stack(phas)


def _frame_by_frame(network, images, ratio) -> tuple[torch.Tensor, torch.Tensor]:
    """Call the network itself for every frame, and hand the state on."""
    results, state = [], None
    with torch.inference_mode():
        for image in images:
            src = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
            fgr, pha, state = network.eval()(src, state, ratio)
            results.append((fgr[0], pha[0]))
    return _stack(results)


@pytest.mark.parametrize('ratio', [1.0, 0.5])
def test_any_chunk_gives_what_the_network_gives_frame_by_frame(live_network, ratio):
    images = pattern(10)
    fgr, pha = _frame_by_frame(live_network, images, ratio)
    assert (pha[9] - _frame_by_frame(live_network, images[9:], ratio)[1]).abs().max() > 1e-3
    for chunk in (1, 3, 7):
        found_fgr, found_pha = _stack(Matter(live_network, ratio, chunk).stream(images))
        assert found_fgr.shape == (10, 3, 48, 64)
        assert found_pha.shape == (10, 1, 48, 64)
        torch.testing.assert_close(found_fgr, fgr, atol=1e-5, rtol=0)
        torch.testing.assert_close(found_pha, pha, atol=1e-5, rtol=0)


def _read_only(image):
    image = image.copy()
    image.flags.writeable = False
    return image


KINDS = {
    'uint16 array': lambda image: image.astype(np.uint16) * 257,
    'float array': lambda image: image.astype(np.float32) / 255,
    'double array': lambda image: image / 255,
    'read-only array': _read_only,
    'mirrored view': lambda image: np.ascontiguousarray(image[:, ::-1])[:, ::-1],
    'uint8 tensor': lambda image: torch.from_numpy(image).permute(2, 0, 1),
    'uint16 tensor': lambda image: torch.from_numpy(image.astype(np.uint16) * 257).permute(2, 0, 1),
    'float tensor': lambda image: torch.from_numpy(image).permute(2, 0, 1).float() / 255,
    'tensor with gradient': lambda image: (
        torch.from_numpy(image).permute(2, 0, 1).float() / 255
    ).requires_grad_(),
}


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('scene_threshold', [None, 0.9])
def test_every_kind_of_frame_gives_the_same(live_network, kind, scene_threshold):
    images = pattern(3)
    matter = Matter(live_network, scene_threshold=scene_threshold)
    expected = _stack(matter.stream(images))
    found = _stack(matter.stream([KINDS[kind](image) for image in images]))
    for a, b in zip(found, expected, strict=True):
        assert not a.requires_grad
        torch.testing.assert_close(a, b, atol=1e-5, rtol=0)


def test_a_clip_in_one_array_or_tensor_is_a_stream():
    clip = np.stack([GREY] * 3)
    matter = Matter(CountingNetwork())
    assert counts(matter.stream(clip)) == [1, 2, 3]
    assert counts(matter.stream(torch.from_numpy(clip).permute(0, 3, 1, 2))) == [1, 2, 3]


@pytest.mark.parametrize('chunk', [1, 3, 7])
def test_frames_are_read_lazily(chunk):
    taken = 0

    def frames():
        nonlocal taken
        for taken in range(1, 21):  # noqa: B007 - counted here, read below
            yield GREY

    ahead = []
    for number, _ in enumerate(Matter(CountingNetwork(), chunk=chunk).stream(frames())):
        ahead.append(taken - number)
    assert len(ahead) == 20
    assert max(ahead) == chunk


def test_inference_mode_stays_inside(live_network):
    layer = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    modes, losses = [], []

    def frames():
        for image in pattern(4):
            modes.append(torch.is_inference_mode_enabled())
            yield image

    for fgr, _ in Matter(live_network, chunk=2).stream(frames()):
        modes.append(torch.is_inference_mode_enabled())
        assert fgr.is_inference()
        loss = (layer(torch.ones(3)) - 5).square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert modes == [False] * 8
    assert losses[-1] < losses[0]


def test_the_network_is_put_into_eval_mode(live_network):
    assert live_network.training
    assert not Matter(live_network).network.training


@pytest.mark.parametrize('chunk', [1, 2, 3])
def test_a_change_of_size_starts_anew(chunk):
    sizes = [(8, 10), (8, 10), (8, 10), (10, 8), (10, 8), (8, 10)]
    frames = [np.full((*size, 3), 10 * i, np.uint8) for i, size in enumerate(sizes)]
    results = list(Matter(CountingNetwork(), chunk=chunk).stream(frames))
    assert counts(results) == [1, 2, 3, 1, 2, 1]
    assert [tuple(fgr.shape[1:]) for fgr, _ in results] == sizes
    assert [round(float(fgr.mean()) * 255) for fgr, _ in results] == [0, 10, 20, 30, 40, 50]


def test_a_real_network_survives_a_change_of_size(live_network):
    frames = [*pattern(2), *pattern(2, 80, 40)]
    results = list(Matter(live_network).stream(frames))
    alone = list(Matter(live_network).stream(frames[2:]))
    for (_, pha), (_, expected) in zip(results[2:], alone, strict=True):
        torch.testing.assert_close(pha, expected, atol=1e-6, rtol=0)


def test_a_stream_starts_anew_unless_it_resumes():
    matter = Matter(CountingNetwork(), chunk=2)
    assert counts(matter.stream([GREY] * 3)) == [1, 2, 3]
    assert counts(matter.stream([GREY] * 2, resume=True)) == [4, 5]
    assert counts(matter.stream([GREY] * 2)) == [1, 2]
    assert counts(matter.stream([np.zeros((4, 4, 3), np.uint8)], resume=True)) == [1]


def test_reset_starts_anew_in_the_middle_of_a_stream():
    matter, found = Matter(CountingNetwork(), chunk=1), []
    for number, result in enumerate(matter.stream([GREY] * 5)):
        found += counts([result])
        if number == 2:
            matter.reset()
    assert found == [1, 2, 3, 1, 2]
    matter.reset()
    assert counts(matter.stream([GREY], resume=True)) == [1]


@pytest.mark.parametrize('chunk', [1, 2, 4])
def test_reset_by_the_source_counts_from_its_next_frame_on_for_every_chunk(chunk):
    matter = Matter(CountingNetwork(), chunk=chunk)

    def frames():
        yield from [GREY] * 3
        matter.reset()
        yield from [GREY] * 3
        matter.reset()
        yield GREY[:4]  # of another size

    assert counts(matter.stream(frames())) == [1, 2, 3, 1, 2, 3, 1]


@pytest.mark.parametrize(
    ('height', 'width', 'expected'),
    [(144, 176, 4), (1080, 1920, 4), (1440, 2560, 4), (2160, 3840, 2), (4320, 7680, 1)],
)
def test_automatic_chunks_shrink_with_the_size(height, width, expected):
    assert Matter(RedNetwork()).chunk_for(height, width) == expected


def test_the_network_given_is_left_as_it_is(live_network):
    network = copy.deepcopy(live_network).train()
    before = copy.deepcopy(network.state_dict())
    Matter(network, dtype=torch.bfloat16)
    assert network.training
    after = network.state_dict()
    assert all(torch.equal(v, after[k]) and v.dtype == after[k].dtype for k, v in before.items())


def test_a_bug_in_the_network_keeps_its_traceback():
    with pytest.raises(ValueError, match='a bug') as caught:
        Matter(RedNetwork(fail_at=0, error=ValueError('a bug'))).image(GREY)
    assert not isinstance(caught.value, UserError)


def test_a_still_leaves_the_state_alone():
    matter, found = Matter(CountingNetwork()), []
    still = np.zeros((5, 7, 3), np.uint8)
    for result in matter.stream([GREY] * 3):
        found += counts([result, matter.image(still)])
        assert matter.image(still)[0].shape == (3, 5, 7)
    assert found == [1, 1, 2, 1, 3, 1]


@pytest.mark.parametrize('chunk', [1, 4])
def test_scene_cuts_start_anew_if_asked(chunk):
    dark, light = GREY // 4, GREY + 120
    frames = [dark, dark, light, light, light, dark]
    network = CountingNetwork()
    matter = Matter(network, chunk=chunk, scene_threshold=0.2)
    assert counts(matter.stream(frames)) == [1, 2, 1, 2, 3, 1]
    # what the stream before ended with is forgotten, so the first frame is no cut of its own
    assert counts(matter.stream([light, light])) == [1, 2]
    assert counts(Matter(network, chunk=chunk).stream(frames)) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ('height', 'width', 'ratio'),
    [
        (1080, 1920, Fraction(512, 1920)),
        (1920, 1080, Fraction(512, 1920)),
        (2160, 3840, Fraction(512, 3840)),
        (288, 512, 1),
        (513, 100, Fraction(512, 513)),
        (8, 10, 1),
    ],
)
def test_the_automatic_ratio(height, width, ratio):
    assert Matter(RedNetwork()).ratio_for(height, width) == pytest.approx(float(ratio))
    assert Matter(RedNetwork(), 0.4).ratio_for(height, width) == 0.4


def test_the_ratio_reaches_the_network_for_each_size():
    network = RedNetwork()
    sizes = [(4, 1024), (4, 1024), (2048, 4), (8, 10)]
    list(Matter(network, chunk=1).stream([np.zeros((*size, 3), np.uint8) for size in sizes]))
    assert network.ratios == [0.5, 0.5, 0.25, 1.0]
    Matter(network, '0.3').image(GREY)
    assert network.ratios[-1] == 0.3


REFUSED = {
    'RGBA array': (np.zeros((8, 10, 4), np.uint8), r'frame 1: .*\[8, 10, 4\]; drop the alpha'),
    'RGBA tensor': (torch.zeros(4, 8, 10), r'frame 1: .*\[4, 8, 10\]; drop the alpha'),
    'array as tensor': (torch.zeros(8, 10, 3), r'frame 1: expected a tensor \[3, H, W\]'),
    'tensor as array': (np.zeros((3, 8, 10)), r'frame 1: expected an array \[H, W, 3\]'),
    '0-255 floats': (GREY.astype(np.float32), r'frame 1: .*span 90..90; divide by 255'),
    'negative floats': (np.full((8, 10, 3), -0.5), r'frame 1: .*span -0.5..-0.5'),
    'NaN': (np.full((8, 10, 3), np.nan), r'frame 1: .*nan'),
    'int32': (GREY.astype(np.int32), r'frame 1: expected uint8, .* got torch.int32'),
    'bool': (GREY > 3, r'frame 1: expected uint8, .* got torch.bool'),
    '2-D': (GREY[..., 0], r'frame 1: .*\[8, 10\]'),
    '4-D': (torch.zeros(1, 3, 8, 10), r'frame 1: .*\[1, 3, 8, 10\]'),
    'empty': (np.zeros((0, 10, 3), np.uint8), r'frame 1: it is empty'),
    'list': (GREY.tolist(), r'frame 1: expected an array or a tensor, got .*list'),
    'None': (None, 'frame 1: expected an array or a tensor'),
}


@pytest.mark.parametrize('kind', REFUSED)
def test_what_is_no_frame_is_refused_in_one_sentence(kind):
    frame, message = REFUSED[kind]
    network = RedNetwork()
    with pytest.raises(UserError, match=message) as caught:
        list(Matter(network, chunk=1).stream([GREY, frame]))
    assert '\n' not in str(caught.value)
    assert network.seen == 1
    with pytest.raises(UserError, match=message.replace('frame 1', 'frame 0')):
        Matter(network).image(frame)


@pytest.mark.parametrize(
    ('option', 'value', 'message'),
    [
        *(
            ('downsample_ratio', value, "expected 'auto' or a number in")
            for value in (0, 2, -0.5, 'x', '', float('nan'), float('inf'), None)
        ),
        *(
            ('chunk', value, 'chunk: expected .auto. or a whole number')
            for value in (0, -1, 1.5, '2')
        ),
        ('device', 'tpu9000', "expected 'auto' or a torch device, got 'tpu9000'"),
        ('device', 'cuda:99', 'device: cuda:99'),
        ('device', 'vulkan', 'device: vulkan cannot be used here'),
        *(('scene_threshold', value, 'scene_threshold') for value in (0, 1, -1, float('nan'))),
    ],
)
def test_impossible_options_are_refused_in_one_sentence(option, value, message):
    with pytest.raises(UserError, match=message) as caught:
        Matter(RedNetwork(), **{option: value})
    assert '\n' not in str(caught.value)


def test_a_ratio_that_leaves_nothing_is_refused(live_network):
    with pytest.raises(UserError, match='leaves nothing of a source of 10x8'):
        Matter(live_network, 0.01).image(GREY)


@pytest.mark.parametrize(('chunk', 'option'), [(4, '--chunk'), (1, '--downsample-ratio')])
def test_too_little_memory_names_the_option_to_lower(chunk, option):
    network = RedNetwork(0, torch.OutOfMemoryError('CUDA out of memory.\nTried to allocate 2 GiB'))
    with pytest.raises(UserError, match='out of GPU memory at 10x8') as caught:
        list(Matter(network, chunk=chunk).stream([GREY] * 2))
    message = str(caught.value)
    assert option in message
    assert ('--chunk' in message) == (chunk > 1)
    assert '\n' not in message


def test_layouts_and_types_agree(live_network):
    image = pattern(1)[0]
    _, expected = Matter(live_network, channels_last=False).image(image)
    _, found = Matter(live_network, channels_last=True).image(image)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)
    _, half = Matter(live_network, dtype=torch.bfloat16).image(image)
    assert half.dtype == torch.bfloat16
    assert (half.float() - expected).abs().mean() < 0.05


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='no CUDA device')
def test_cuda_agrees_with_the_cpu(live_network):
    images = pattern(4)
    expected = _stack(Matter(live_network, 0.5, device='cpu').stream(images))
    found = _stack(Matter(live_network, 0.5, chunk=2, device='cuda').stream(images))
    for a, b in zip(found, expected, strict=True):
        assert a.is_cuda
        torch.testing.assert_close(a.cpu(), b, atol=5e-3, rtol=0)
