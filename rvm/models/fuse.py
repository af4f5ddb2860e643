"""Batch norms folded into the convolutions before them, for inference."""

import copy

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from rvm.models.batch_norm import BATCH_NORMS


def convolution_batch_norm_pairs(network: nn.Module) -> list[tuple[str, str]]:
    """Return (convolution, batch norm) names in the order of execution, found by running it.

    Args:
        network: A `MattingNetwork` in eval mode, on any device.

    Returns:
        A pair for every batch norm whose input is the output of a convolution.
    """
    pairs: list[tuple[str, str]] = []
    made_by: dict[int, str] = {}
    outputs: list[Tensor] = []  # kept alive, so that no id is used twice
    hooks = []

    def remember(name: str):
        def hook(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
            made_by[id(output)] = name
            outputs.append(output)

        return hook

    def pair(name: str):
        def hook(module: nn.Module, args: tuple[Tensor, ...]) -> None:
            if id(args[0]) in made_by:
                pairs.append((made_by[id(args[0])], name))

        return hook

    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            hooks.append(module.register_forward_hook(remember(name)))
        elif isinstance(module, BATCH_NORMS):
            hooks.append(module.register_forward_pre_hook(pair(name)))
    like = network.project_mat.weight
    try:
        with torch.no_grad():
            network(torch.zeros(1, 3, 64, 64).to(like), None, 0.5)
    finally:
        for hook in hooks:
            hook.remove()
    return pairs


def fuse_batch_norms(network: nn.Module) -> nn.Module:
    """Return a copy for inference whose batch norms are folded into the convolutions.

    Equal to float rounding, a tenth faster on CPUs. The copy is in eval mode and cannot be trained.

    Args:
        network: A `MattingNetwork`; it is left as it is.
    """
    fused = copy.deepcopy(network).eval()
    for conv_name, norm_name in convolution_batch_norm_pairs(fused):
        conv, norm = fused.get_submodule(conv_name), fused.get_submodule(norm_name)
        _replace(fused, conv_name, fuse_conv_bn_eval(conv, norm))
        # timm's batch norms carry the activation that follows
        _replace(fused, norm_name, getattr(norm, 'act', nn.Identity()))
    return fused


def _replace(network: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, child = name.rpartition('.')
    setattr(network.get_submodule(parent), child, module)
