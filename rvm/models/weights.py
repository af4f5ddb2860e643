"""A weights file into a network, completely or not at all.

Every tensor of the file and every tensor of the network is accounted for, or the message names
those that are not. What kinds of files there are: `rvm.models.weights_file`.
"""

import logging
import os
from collections.abc import Mapping

from torch import Tensor, nn

from rvm.errors import WeightsError
from rvm.models.batch_norm import folded_batch_norms
from rvm.models.published_weights import CONFIGS, our_variant
from rvm.models.weights_file import Weights, build_untrained, read_weights

logger = logging.getLogger(__name__)


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
    return _load(network, read_weights(path))


def network_from_weights(path: str | os.PathLike) -> nn.Module:
    """Build the network that a weights file is for, load it, and put it into eval mode.

    Raises:
        WeightsError: The file does not say which network it is for (a bare state dict).
    """
    weights = read_weights(path)
    if not weights.config:
        raise WeightsError(
            f'{os.fspath(path)}: does not say which network it is for; name a config'
        )
    network = build_untrained(weights.config).eval()
    _load(network, weights)
    return network


def _load(network: nn.Module, weights: Weights) -> list[str]:
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
