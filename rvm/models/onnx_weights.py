"""The published ONNX file: weights found by the graph, and proved by running it.

The file's exporter folded every batch norm into the convolution before it and renamed those tensors
to numbers; gates, GRUs, heads and the rest kept their names. Named tensors are taken by name. The
others are paired, in the order of the graph, with the convolutions of our network that a batch
norm follows, in the order of execution; shape, stride, dilation and groups must agree. Then both
networks run on random input with random states: unless all six outputs agree, the file is refused.
So a file whose graph is anything but the published network's cannot be taken for it.
"""

from typing import Any

import torch
from torch import Tensor, nn

from rvm.errors import WeightsError
from rvm.models.batch_norm import set_folded
from rvm.models.fuse import convolution_batch_norm_pairs
from rvm.models.published_weights import MOBILENETV3, RESNET50, published_names

TOLERANCE = 1e-4
MAX_CONSTANT_SIZE = 4
"""Initializers up to this size that no convolution reads are sizes and scales, not weights."""


def load_model(path: str) -> Any:
    """Parse an ONNX file.

    Raises:
        WeightsError: onnx is not installed, or the file is none.
    """
    try:
        import onnx
    except ImportError as error:
        raise WeightsError(f'{path}: reading it needs onnx: pip install onnx') from error
    from google.protobuf.message import DecodeError

    try:
        return onnx.load(path)
    except DecodeError as error:
        raise WeightsError(f'{path}: not an ONNX file, or damaged') from error


def variant(path: str, model: Any) -> str:
    """Return the backbone of a published ONNX file, from the channels of its GRUs."""
    weights = {node.input[1] for node in _convolutions(model)}
    shapes = {i.name: tuple(i.dims) for i in model.graph.initializer if i.name in weights}
    by_channels = {64: MOBILENETV3, 128: RESNET50}
    shape = shapes.get('decoder.decode4.gru.hh.0.weight')
    if shape is None or shape[0] not in by_channels:
        raise WeightsError(f'{path}: not the ONNX file of a published matting network')
    return by_channels[shape[0]]


def read(path: str, model: Any, network: nn.Module) -> dict[str, Tensor]:
    """Read the weights of the published ONNX file under our names.

    Args:
        path: The file, for messages.
        model: Its content, from `load_model`.
        network: A `MattingNetwork` with the backbone that `variant` tells; it is used for matching
            and holds the weights afterwards.

    Returns:
        Every tensor of the network but the segmentation head's, which the file lacks. Batch norms
        are identities with the folded bias (`rvm.models.batch_norm.set_folded`).

    Raises:
        WeightsError: The graph is not that of the published network.
    """
    import onnx

    values = {i.name: torch.from_numpy(onnx.numpy_helper.to_array(i).copy())
              for i in model.graph.initializer}  # fmt: skip
    network.eval()
    folded = convolution_batch_norm_pairs(network)
    ours = {theirs: key for key, theirs in published_names(network.state_dict()).items()}
    state = network.state_dict()
    used: set[str] = set()
    taken: set[str] = set()
    unnamed = []
    for node in _convolutions(model):
        lost = [key for key in node.input[1:] if key not in values]
        if lost:
            raise WeightsError(f'{path}: a convolution reads {lost[0]}, which the file lacks')
        used.update(node.input[1:])
        if node.input[1] in ours:
            for key in node.input[1:]:
                _copy(path, key, values[key], state[ours[key]])
                taken.add(ours[key])
        else:
            unnamed.append(node)
    if len(unnamed) != len(folded):
        raise WeightsError(
            f'{path}: {len(unnamed)} convolutions have lost their names, the published network '
            f'has {len(folded)} with a batch norm'
        )
    for node, (conv_name, norm_name) in zip(unnamed, folded, strict=True):
        conv, norm = network.get_submodule(conv_name), network.get_submodule(norm_name)
        if len(node.input) != 3:
            raise WeightsError(f'{path}: the convolution at {conv_name} has no bias')
        _check_attributes(path, node, conv_name, conv)
        _copy(path, conv_name, values[node.input[1]], conv.weight.data)
        _copy(path, norm_name, values[node.input[2]], norm.bias.data)
        set_folded(norm, norm.bias.data.clone())
        taken.add(f'{conv_name}.weight')
        taken.update(f'{norm_name}.{key}' for key in norm.state_dict())
    _check_all_taken(path, values, used, state, taken)
    _prove(path, model, network)
    return {key: value.clone() for key, value in network.state_dict().items() if key in taken}


def _convolutions(model: Any) -> list[Any]:
    return [node for node in model.graph.node if node.op_type == 'Conv']


def _copy(path: str, key: str, value: Tensor, target: Tensor) -> None:
    if value.shape != target.shape or value.dtype != target.dtype:
        raise WeightsError(
            f'{path}: {key} should be {tuple(target.shape)} of {target.dtype}, the file has '
            f'{tuple(value.shape)} of {value.dtype} (half-precision files are not read)'
        )
    target.copy_(value)


def _check_attributes(path: str, node: Any, name: str, conv: nn.Conv2d) -> None:
    found = {a.name: list(a.ints) or a.i for a in node.attribute}
    expected = {
        'strides': list(conv.stride),
        'dilations': list(conv.dilation),
        'group': conv.groups,
        'pads': list(conv.padding) * 2,
    }
    if conv.kernel_size == (1, 1):
        del expected['dilations']  # means nothing there, and the builders differ
    for key, value in expected.items():
        if found.get(key) != value:
            raise WeightsError(
                f'{path}: at {name} the graph has {key} {found.get(key)}, the published network '
                f'has {value}'
            )


def _check_all_taken(
    path: str, values: dict[str, Tensor], used: set[str], state: dict[str, Tensor], taken: set[str]
) -> None:
    left = [k for k, v in values.items() if k not in used and v.numel() > MAX_CONSTANT_SIZE]
    missing = [k for k in state if k not in taken and not k.startswith('project_seg.')]
    if left or missing:
        raise WeightsError(
            f'{path}: not the published graph: no place for {left[:3]}, nothing for {missing[:3]}'
        )


@torch.no_grad()
def _prove(path: str, model: Any, network: nn.Module) -> None:
    """Run the file and our network on the same random input; refuse unless they agree."""
    from onnx.reference import ReferenceEvaluator

    generator = torch.Generator().manual_seed(0)
    src = torch.rand(1, 3, 66, 98, generator=generator)
    _, _, state = network(src, None, 0.5)
    state = tuple(torch.rand(r.shape, generator=generator) - 0.5 for r in state)
    ours = network(src, state, 0.5)
    feed = {f'r{k}i': r.numpy() for k, r in enumerate(state, start=1)}
    feed |= {'src': src.numpy(), 'downsample_ratio': torch.tensor([0.5]).numpy()}
    theirs = ReferenceEvaluator(model).run(None, feed)
    names = ('fgr', 'pha', 'r1', 'r2', 'r3', 'r4')
    for name, a, b in zip(names, (*ours[:2], *ours[2]), theirs, strict=True):
        difference = float((a - torch.from_numpy(b)).abs().max())
        if not difference <= TOLERANCE:
            raise WeightsError(
                f'{path}: run on the same input, its {name} differs from the matched network by '
                f'{difference:.2g}; the graph is not the published one'
            )
