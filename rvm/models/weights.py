"""Weights files of every kind into a network, and a network's weights into a file.

| kind | file | recognised by |
|---|---|---|
| ours | .pth: `{'meta': {...}, 'state_dict': {...}}`, plain values | the key `meta` |
| published | .pth: a bare state dict in the published layout | the names of its backbone |
| published ONNX | .onnx, batch norms folded, most names lost | the suffix |
| bare | .pth: a bare state dict with our names | the names of its backbone |

Nothing is loaded unsafely (`weights_only`), and nothing is loaded in part: every tensor of the file
and every tensor of the network is accounted for, or the message names those that are not.
"""

import logging
import os
import pickle
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import rvm
from rvm.errors import WeightsError
from rvm.io.atomic import atomic_write
from rvm.models import onnx_weights
from rvm.models.batch_norm import folded_batch_norms
from rvm.models.builder import base_config_path, build_network, network_config
from rvm.models.published_weights import (
    CONFIGS,
    our_variant,
    published_names,
    published_variant,
    to_published,
)

FORMAT, SCHEMA = 'rvm-weights', 1
LOAD_ERRORS = (
    pickle.UnpicklingError, RuntimeError, EOFError, ValueError, LookupError, TypeError,
    AttributeError, struct.error,
)  # fmt: skip
"""What torch.load was seen to raise for damaged files and for files of something else."""
SEGMENTATION_HEAD = ('project_seg.weight', 'project_seg.bias')

logger = logging.getLogger(__name__)


@dataclass
class Weights:
    """What a weights file holds, in our names.

    Attributes:
        name: The file, for messages.
        kind: 'ours', 'published', 'onnx' or 'bare'.
        state: Our name -> tensor on the CPU.
        config: Config of the network, plain values.
        absent: Our names of tensors that the file is known to lack.
    """

    name: str
    kind: str
    state: dict[str, Tensor]
    config: dict[str, Any]
    absent: list[str] = field(default_factory=list)


def read_weights(path: str | os.PathLike) -> Weights:
    """Read a weights file of any kind (see the module's docstring).

    Args:
        path: The file.

    Raises:
        WeightsError: No such file, not a weights file, or damaged.
    """
    name = os.fspath(path)
    if not Path(name).is_file():
        raise WeightsError(f'there is no weights file {name}')
    if name.lower().endswith('.onnx'):
        variant = onnx_weights.variant(name)
        config = network_config(base_config_path(CONFIGS[variant]))
        state = onnx_weights.read(name, build_network(config))
        return Weights(name, 'onnx', state, config, list(SEGMENTATION_HEAD))
    content = _torch_load(name)
    meta = content.get('meta')
    if isinstance(meta, Mapping) and meta.get('format') == FORMAT:
        if meta.get('schema') != SCHEMA:
            raise WeightsError(
                f'{name}: written in schema {meta.get("schema")}, this version of the library '
                f'reads {SCHEMA}; convert it with the version that wrote it ({meta.get("rvm")})'
            )
        parts = {'state_dict': content, 'config': meta, 'absent': meta}
        lost = [key for key, place in parts.items() if key not in place]
        if lost:
            raise WeightsError(f'{name}: damaged, it has no {lost[0]}')
        return Weights(name, 'ours', content['state_dict'], meta['config'], meta['absent'])
    state = content.get('state_dict', content)
    tensors = isinstance(state, Mapping) and all(isinstance(v, Tensor) for v in state.values())
    if tensors and (variant := published_variant(state)):
        return Weights(name, 'published', *_from_published(name, state, variant))
    if tensors and any(str(key).startswith('backbone.model.') for key in state):
        variant = our_variant(state)
        config = network_config(base_config_path(CONFIGS[variant])) if variant else {}
        return Weights(name, 'bare', dict(state), config)
    raise WeightsError(
        f'{name}: holds neither a published checkpoint nor weights of this library (top-level '
        f'keys: {", ".join(map(str, list(content)[:4]))})'
    )


def load_weights(network: nn.Module, path: str | os.PathLike) -> list[str]:
    """Load a weights file into a network, completely or not at all.

    Args:
        network: A `MattingNetwork`; put into eval mode if the weights cannot be trained as they
            are (see `MattingNetwork.train`).
        path: A published checkpoint (.pth or .onnx), or one of ours.

    Returns:
        Names of the network's tensors that the file is known to lack, and that keep their initial
        values (the segmentation head, if the weights come from an ONNX file). Empty otherwise.

    Raises:
        WeightsError: The file cannot be read, or does not fit the network.
    """
    weights = read_weights(path)
    expected = network.state_dict()
    state = dict(weights.state)
    _check_backbone(weights, expected)
    idle = [key for key in state if key.startswith('refiner.') and key not in expected]
    if idle and not any(key.startswith('refiner.') for key in expected):
        logger.warning(
            "%s: the network's refiner has no weights; those of the file's refiner (%d tensors) "
            'are not used',
            weights.name,
            len(idle),
        )
        state = {key: value for key, value in state.items() if key not in idle}
    absent = [key for key in weights.absent if key in expected]
    _check_tensors(weights.name, state, expected, absent)
    network.load_state_dict(state, strict=not absent)
    if network.training and not network.norm_eval and folded_batch_norms(network):
        logger.warning(
            '%s: its batch norms are folded into the convolutions; the network is put into eval '
            'mode (see MattingNetwork.train)',
            weights.name,
        )
        network.eval()
    if absent:
        logger.warning(
            '%s: has no segmentation head; %s keep their initial values (matting does not need '
            'them, training does)',
            weights.name,
            ' and '.join(absent),
        )
    return absent


def network_from_weights(path: str | os.PathLike) -> nn.Module:
    """Build the network that a weights file is for, load it, and put it into eval mode.

    Raises:
        WeightsError: The file does not say which network it is for (a bare state dict).
    """
    config = read_weights(path).config
    if not config:
        raise WeightsError(
            f'{os.fspath(path)}: does not say which network it is for; name a config'
        )
    config['backbone'] = dict(config['backbone'], pretrained=False)
    network = build_network(config)
    load_weights(network, path)
    return network.eval()


def save_weights(weights: Weights, path: str | os.PathLike, layout: str = 'ours') -> None:
    """Write a weights file atomically.

    Args:
        weights: What to write, complete but for `absent`.
        path: Target, .pth.
        layout: 'ours', or 'published' for tools made for the original: there, tensors that are
            absent are written as zeros (a message says so), since those tools load strictly.
    """
    state = {key: value.detach().cpu().contiguous() for key, value in weights.state.items()}
    if layout == 'published':
        full = build_network(weights.config).state_dict()
        for key in weights.absent:
            state[key] = torch.zeros_like(full[key])
        if weights.absent:
            logger.warning('%s: %s are written as zeros', path, ' and '.join(weights.absent))
        content: dict[str, Any] = to_published({key: state[key] for key in full if key in state})
    elif layout == 'ours':
        meta = {
            'format': FORMAT,
            'schema': SCHEMA,
            'rvm': rvm.__version__,
            'config': weights.config,
            'absent': list(weights.absent),
            'source': Path(weights.name).name,
        }
        content = {'meta': meta, 'state_dict': state}
    else:
        raise ValueError(f"layout: expected 'ours' or 'published', got {layout!r}")
    atomic_write(path, lambda partial: torch.save(content, partial))


def _torch_load(name: str) -> dict[str, Any]:
    try:
        if zipfile.is_zipfile(name):  # torch.load does not compare the checksums
            with zipfile.ZipFile(name) as archive:
                damaged = archive.testzip()
            if damaged is not None:
                raise WeightsError(f'{name}: damaged, the checksum of {damaged} is wrong')
        content = torch.load(name, map_location='cpu', weights_only=True)
    except WeightsError:
        raise
    except LOAD_ERRORS as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise WeightsError(
            f'{name}: not a weights file that can be loaded safely, or damaged ({reason})'
        ) from error
    if not isinstance(content, dict):
        raise WeightsError(f'{name}: expected a dict of tensors, found {type(content).__name__}')
    return content


def _from_published(
    name: str, state: Mapping[str, Tensor], variant: str
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Rename a published state dict to our names; every tensor must have one."""
    config = network_config(base_config_path(CONFIGS[variant]))
    ours = {
        theirs: key for key, theirs in published_names(build_network(config).state_dict()).items()
    }
    unknown = [key for key in state if key not in ours]
    if unknown:
        raise WeightsError(
            f'{name}: {len(unknown)} tensors are not of the published layout, '
            f'for example {unknown[0]}'
        )
    return {ours[key]: value for key, value in state.items()}, config


def _check_backbone(weights: Weights, expected: Mapping[str, Tensor]) -> None:
    theirs, ours = our_variant(weights.state), our_variant(expected)
    if theirs != ours and theirs is not None:
        raise WeightsError(
            f'{weights.name}: its weights are of a {theirs} network, this network has '
            f'{ours or "another backbone"}; use configs/_base_/models/{CONFIGS[theirs]}'
        )


def _check_tensors(
    name: str, state: Mapping[str, Tensor], expected: Mapping[str, Tensor], absent: list[str]
) -> None:
    """Compare names and shapes; one sentence with counts and first examples."""
    faults = []
    missing = [key for key in expected if key not in state and key not in absent]
    unexpected = [key for key in state if key not in expected]
    wrong = [k for k in state if k in expected and state[k].shape != expected[k].shape]
    if missing:
        faults.append(f'{len(missing)} tensors of the network are missing ({missing[0]}, ...)')
    if unexpected:
        faults.append(f'{len(unexpected)} tensors have no place in it ({unexpected[0]}, ...)')
    if wrong:
        have, want = tuple(state[wrong[0]].shape), tuple(expected[wrong[0]].shape)
        faults.append(f'{len(wrong)} shapes differ ({wrong[0]} is {have}, the network has {want})')
    if faults:
        raise WeightsError(f'{name}: does not fit the network: {"; ".join(faults)}')
