"""Names of the published checkpoints and of our networks, translated tensor by tensor.

The published networks are built from torchvision's models and keep their names; ours are built from
timm's. Shapes and values are the same: only names differ, so a round trip gives equal bits.

Reading a file, whatever its kind, is in `rvm.models.weights_file`; the published ONNX file, which
has no names left for most tensors, is matched in `rvm.models.onnx_weights`.
"""

import re
from collections.abc import Container, Mapping

from torch import Tensor

from rvm.errors import WeightsError

MOBILENETV3, RESNET50 = 'mobilenetv3_large_100', 'resnet50'
CONFIGS = {MOBILENETV3: 'rvm_mbv3.py', RESNET50: 'rvm_r50.py'}
"""The config in configs/_base_/models that builds each published network."""

# Number of blocks in each stage of timm's MobileNetV3-Large; torchvision counts them in one row.
_STAGES = (1, 2, 3, 4, 2, 3)
_FIRST = [1 + sum(_STAGES[:stage]) for stage in range(len(_STAGES))]
_LAST_CONV = 1 + sum(_STAGES)

_RULES = [
    (r'^aspp\.project\.', 'aspp.aspp1.'),
    (r'^aspp\.gate\.', 'aspp.aspp2.1.'),
    (r'\.gru\.conv_ih\.', '.gru.ih.0.'),
    (r'\.gru\.conv_hh\.', '.gru.hh.0.'),
    (r'^project_(mat|seg)\.', r'project_\1.conv.'),
]
_INVERTED_RESIDUAL = {
    'conv_pw': '0.0',
    'bn1': '0.1',
    'conv_dw': '1.0',
    'bn2': '1.1',
    'se.conv_reduce': '2.fc1',
    'se.conv_expand': '2.fc2',
}
_DEPTHWISE_SEPARABLE = {'conv_dw': '0.0', 'bn1': '0.1', 'conv_pw': '1.0', 'bn2': '1.1'}


def published_variant(names: Container[str]) -> str | None:
    """Return the backbone of a published state dict, or None if it is not one."""
    if 'backbone.features.0.0.weight' in names:
        return MOBILENETV3
    if 'backbone.conv1.weight' in names:
        return RESNET50
    return None


def our_variant(names: Container[str]) -> str | None:
    """Return the backbone of one of our state dicts, or None if it is no published one."""
    if 'backbone.model.blocks.6.0.conv.weight' in names:
        return MOBILENETV3
    if 'backbone.model.layer4.2.conv3.weight' in names:
        return RESNET50
    return None


def published_names(names: Mapping[str, object]) -> dict[str, str]:
    """Translate the names of one of our networks.

    Args:
        names: The state dict of a network with one of the two published backbones (keys are used).

    Returns:
        Our name -> published name, for every tensor.

    Raises:
        WeightsError: The network has another backbone, for which no published layout exists.
    """
    variant = our_variant(names)
    if variant is None:
        raise WeightsError(
            'only networks with the backbones mobilenetv3_large_100 and resnet50 have a published '
            'layout'
        )
    return {name: _published_name(name, names, variant) for name in names}


def to_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename the tensors of one of our state dicts to the published layout."""
    return {published: state[name] for name, published in published_names(state).items()}


def _published_name(name: str, names: Container[str], variant: str) -> str:
    for pattern, replacement in _RULES:
        name = re.sub(pattern, replacement, name)
    if not name.startswith('backbone.model.'):
        return name
    rest = name.removeprefix('backbone.model.')
    if variant == RESNET50:
        return f'backbone.{rest}'
    for ours, theirs in (('conv_stem.', '0.0.'), ('bn1.', '0.1.')):
        if rest.startswith(ours):
            return f'backbone.features.{theirs}{rest.removeprefix(ours)}'
    match = re.fullmatch(r'blocks\.(\d+)\.(\d+)\.(.+)\.(\w+)', rest)
    if match is None:
        raise WeightsError(f'{name}: not a tensor of the published MobileNetV3 backbone')
    stage, block, layer, tensor = int(match[1]), int(match[2]), match[3], match[4]
    if stage == len(_STAGES):
        layer = {'conv': '0', 'bn1': '1'}[layer]
        return f'backbone.features.{_LAST_CONV}.{layer}.{tensor}'
    if stage == 0:
        layer = _DEPTHWISE_SEPARABLE[layer]
    elif layer in _INVERTED_RESIDUAL:
        layer = _INVERTED_RESIDUAL[layer]
    else:
        has_gate = f'backbone.model.blocks.{stage}.{block}.se.conv_reduce.weight' in names
        layer = f'{3 if has_gate else 2}.{ {"conv_pwl": 0, "bn3": 1}[layer] }'
    return f'backbone.features.{_FIRST[stage] + block}.block.{layer}.{tensor}'
