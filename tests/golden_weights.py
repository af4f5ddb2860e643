"""The weights of the golden cases: every tensor is drawn from its own published name.

`tests/golden/rvm_<backbone>.json` lists the names and shapes of a published checkpoint. The values
follow from them alone, so that no weights need to travel with the numbers computed from them.
"""

import json
import math
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

GOLDEN = Path(__file__).parent / 'golden'
BACKBONES = ('mobilenetv3', 'resnet50')


def manifest(backbone: str) -> dict[str, list[int]]:
    """Return name -> shape of a published checkpoint; backbone is one of `BACKBONES`."""
    return json.loads((GOLDEN / f'rvm_{backbone}.json').read_text(encoding='utf-8'))


def golden_tensor(name: str, shape: list[int]) -> Tensor:
    """Draw one tensor: float32, or int64 for the counters of the batch norms."""
    if name.endswith('num_batches_tracked'):
        return torch.zeros(shape, dtype=torch.long)
    if name == 'refiner.box_filter.weight':
        return torch.full(shape, 1 / 9)
    if name == 'project_mat.conv.bias':
        return torch.tensor([0.0, 0.0, 0.0, 0.4])  # most of alpha then lies between 0 and 1
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    is_weight = name.endswith('weight')
    if name.endswith('running_var') or (is_weight and len(shape) == 1):
        values = rng.uniform(0.8, 1.2, shape)
    elif is_weight:
        values = rng.standard_normal(shape) * math.sqrt(1.6 / math.prod(shape[1:]))
        if name.startswith('project_mat') or name == 'refiner.conv.6.weight':
            values *= 0.15
    else:
        values = rng.standard_normal(shape) * 0.05
    return torch.from_numpy(np.asarray(values, dtype=np.float32))


def golden_state(backbone: str) -> dict[str, Tensor]:
    """Return the golden state dict in the published layout."""
    return {name: golden_tensor(name, shape) for name, shape in manifest(backbone).items()}
