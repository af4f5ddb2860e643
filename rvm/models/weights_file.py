"""Weights files of every kind, read and written.

| kind | file | recognised by |
|---|---|---|
| ours | .pth: `{'meta': {...}, 'state_dict': {...}}`, plain values | the key `meta` |
| published | .pth: a bare state dict in the published layout | the names of its backbone |
| published ONNX | .onnx, batch norms folded, most names lost | the suffix |
| bare | .pth: a bare state dict with our names | the names of its backbone |

Nothing is loaded unsafely (`weights_only`). How a file gets into a network: `rvm.models.weights`.
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
        model = onnx_weights.load_model(name)
        config = network_config(base_config_path(CONFIGS[onnx_weights.variant(name, model)]))
        state = onnx_weights.read(name, model, build_untrained(config))
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


def build_untrained(config: Mapping[str, Any]) -> nn.Module:
    """Build a network whose weights come from elsewhere: without fetching ImageNet weights."""
    backbone = dict(config['backbone'], pretrained=False)
    return build_network({**config, 'backbone': backbone})


def save_weights(weights: Weights, path: str | os.PathLike, layout: str = 'ours') -> None:
    """Write a weights file atomically.

    Args:
        weights: What to write, complete but for `absent`.
        path: Target, .pth.
        layout: 'ours', or 'published' for tools made for the original: there, tensors that are
            absent are written as zeros (a message says so), since those tools load strictly.

    Raises:
        WeightsError: Another suffix, or a network that the published layout cannot describe.
    """
    if not os.fspath(path).endswith('.pth'):
        raise WeightsError(f'{path}: weights are written to a file that ends in .pth')
    state = {key: value.detach().cpu().contiguous() for key, value in weights.state.items()}
    if layout == 'published':
        _check_publishable(weights)
        full = build_untrained(weights.config).state_dict()
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


def _check_publishable(weights: Weights) -> None:
    """Refuse networks that differ from the published ones in more than their weights."""
    variant = our_variant(weights.state)
    if variant is None:
        raise WeightsError(
            f'{weights.name}: only networks with the published backbones, mobilenetv3_large_100 '
            'and resnet50, have a published layout'
        )
    ours = _essential(weights.config)
    theirs = _essential(network_config(base_config_path(CONFIGS[variant])))
    differing = [key for key in sorted(ours | theirs) if ours.get(key) != theirs.get(key)]
    if differing:
        raise WeightsError(
            f'{weights.name}: its network is not the published one, {differing[0]} differs '
            f'({ours.get(differing[0])}, published {theirs.get(differing[0])}); the published '
            'layout holds tensors only and would lose that'
        )


def _essential(config: Mapping[str, Any]) -> dict[str, Any]:
    """Flatten a network's config to what decides the meaning of its tensors."""
    flat: dict[str, Any] = {}
    for part, value in config.items():
        entries = value.items() if isinstance(value, Mapping) else [('', value)]
        for key, entry in entries:
            flat[f'{part}.{key}'.rstrip('.')] = list(entry) if isinstance(entry, tuple) else entry
    for name in ('norm_eval', 'backbone.pretrained'):
        flat.pop(name, None)
    return {key: value for key, value in flat.items() if value is not None}


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
        theirs: key for key, theirs in published_names(build_untrained(config).state_dict()).items()
    }
    unknown = [key for key in state if key not in ours]
    if unknown:
        raise WeightsError(
            f'{name}: {len(unknown)} tensors are not of the published layout, '
            f'for example {unknown[0]}'
        )
    return {ours[key]: value for key, value in state.items()}, config
