"""Batch norms that were folded into the convolutions before them: recognise, re-estimate.

The published ONNX file has no batch norm left; its convolutions carry them. Loaded into a network,
the batch norms become identities plus the bias: right in eval mode, destroyed by train mode, whose
statistics are not 0 and 1. See `rvm.models.onnx_weights`.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from rvm.errors import UserError

BATCH_NORMS = nn.modules.batchnorm._BatchNorm

FOLDED = -1
"""Value of `num_batches_tracked` that marks a folded batch norm: a buffer of integers, so that it
travels in every kind of checkpoint and through every change of type."""


def set_folded(module: nn.Module, bias: Tensor) -> None:
    """Make a batch norm the identity plus a bias [C] (in eval mode, exact to float rounding)."""
    with torch.no_grad():
        module.weight.fill_(1)
        module.bias.copy_(bias)
        module.running_mean.zero_()
        module.running_var.fill_(1 - module.eps)
        module.num_batches_tracked.fill_(FOLDED)


def is_folded(module: nn.Module) -> bool:
    """Tell whether a batch norm is one that `set_folded` made."""
    return (
        isinstance(module, BATCH_NORMS)
        and module.num_batches_tracked is not None
        and int(module.num_batches_tracked) == FOLDED
    )


def folded_batch_norms(network: nn.Module) -> list[str]:
    """Return the names of all folded batch norms."""
    return [name for name, module in network.named_modules() if is_folded(module)]


@torch.no_grad()
def reestimate_batch_norms(
    network: nn.Module, batches: Iterable[Tensor], downsample_ratio: float = 0.25
) -> int:
    """Give folded batch norms the statistics of data, and leave the eval output as it is.

    Mean and variance of each batch norm's input are measured in eval mode over all batches; weight
    and bias then undo them: `weight = sqrt(var + eps)`, `bias += mean`. After this the network can
    be trained like one whose batch norms were never folded.

    Args:
        network: A `MattingNetwork` with folded batch norms; put into eval mode.
        batches: Clips [B, T, 3, H, W] in 0..1, RGB, of the kind it will be trained on.
        downsample_ratio: Of the forward; below 1, so that the refiner is measured, too.

    Returns:
        Number of batch norms re-estimated.

    Raises:
        UserError: No batch was given, or the forward did not reach all of them (the refiner's at
            ratio 1); the network is left as it was.
    """
    network.eval()
    sums: dict[str, tuple[Tensor, Tensor, int]] = {}

    def measure(name: str):
        def hook(module: nn.Module, args: tuple[Tensor, ...]) -> None:
            x = args[0].double()
            count = x.numel() // x.shape[1]
            before = sums.get(name, (0.0, 0.0, 0))
            sums[name] = (
                before[0] + x.sum((0, 2, 3)),
                before[1] + (x * x).sum((0, 2, 3)),
                before[2] + count,
            )

        return hook

    modules = {name: network.get_submodule(name) for name in folded_batch_norms(network)}
    hooks = [module.register_forward_pre_hook(measure(name)) for name, module in modules.items()]
    num_batches = 0
    try:
        for batch in batches:
            network(batch, None, downsample_ratio)
            num_batches += 1
    finally:
        for hook in hooks:
            hook.remove()
    if not num_batches:
        raise UserError('reestimate_batch_norms: no batches were given')
    missed = [name for name in modules if name not in sums]
    if missed:
        raise UserError(
            f'reestimate_batch_norms: {len(missed)} batch norms were not reached at ratio '
            f'{downsample_ratio} ({missed[0]}, ...); use a ratio below 1'
        )
    for name, (total, squares, count) in sums.items():
        module = modules[name]
        mean = total / count
        var = (squares / count - mean * mean).clamp(min=0)
        module.running_mean.copy_(mean)
        module.running_var.copy_(var)
        # computed from the rounded statistics, so that the eval output stays equal
        scale = (module.running_var.double() + module.eps).sqrt()
        module.weight.copy_(scale * module.weight.double())
        module.bias.copy_(module.bias.double() + module.running_mean.double())
        module.num_batches_tracked.zero_()
    return len(sums)
