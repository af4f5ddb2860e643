"""The single-frame step as a file that runs without this library: torch.export or ONNX.

A T-frame graph would fix T; the step takes and returns the four states instead, with height and
width left open. Inputs and outputs have the names of `STEP_INPUTS` and `STEP_OUTPUTS`.
"""

import logging
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from rvm.errors import UserError
from rvm.io.atomic import atomic_write
from rvm.models.automatic import check_ratio
from rvm.models.matting_network import MattingNetwork
from rvm.typing import State

STEP_INPUTS = ('src', 'r1', 'r2', 'r3', 'r4')
STEP_OUTPUTS = ('fgr', 'pha', 'r1_next', 'r2_next', 'r3_next', 'r4_next')

EXAMPLE_SIZE = (270, 334)
"""Odd at some of the scales, so that nothing about evenness is taken for a rule."""


class MattingStep(nn.Module):
    """One frame through the network, all states explicit.

    Args:
        network: The network; put into eval mode.
        downsample_ratio: Fixed in the exported file.
    """

    def __init__(self, network: MattingNetwork, downsample_ratio: float) -> None:
        super().__init__()
        self.network = network.eval()
        self.downsample_ratio = downsample_ratio

    def forward(
        self, src: Tensor, r1: Tensor, r2: Tensor, r3: Tensor, r4: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Map src [1, 3, H, W] in 0..1 and the states to fgr, pha and the next states."""
        fgr, pha, state = self.network(src, (r1, r2, r3, r4), self.downsample_ratio)
        return fgr, pha, *state


def initial_state(network: MattingNetwork, height: int, width: int, ratio: float = 1.0) -> State:
    """Return zero states [1, C, ceil(h / s), ceil(w / s)] for the first frame of a clip."""
    h, w = (int(height * ratio), int(width * ratio)) if ratio != 1 else (height, width)
    like = network.project_mat.weight
    sizes = [(-(-h // stride), -(-w // stride)) for stride in (2, 4, 8, 16)]
    channels = network.decoder.state_channels
    r1, r2, r3, r4 = (like.new_zeros(1, c, *s) for c, s in zip(channels, sizes, strict=True))
    return r1, r2, r3, r4


def export_step(network: MattingNetwork, downsample_ratio: float = 1.0) -> ExportedProgram:
    """Export the step with dynamic height and width.

    The result runs as `program.module()(src, *state)`; start with `initial_state`.

    Args:
        network: The network, on the CPU for a file that runs anywhere.
        downsample_ratio: In (0, 1].
    """
    ratio = check_ratio(downsample_ratio)
    if ratio == 'auto':
        raise UserError(
            "downsample_ratio: an exported step has a fixed one, 'auto' is not possible"
        )
    step = MattingStep(network, ratio)
    height, width = (round(side / ratio) for side in EXAMPLE_SIZE)
    like = network.project_mat.weight
    src = torch.rand(1, 3, height, width).to(like)
    open_sides = {2: Dim.DYNAMIC, 3: Dim.DYNAMIC}
    with torch.no_grad():
        return torch.export.export(
            step,
            (src, *initial_state(network, height, width, ratio)),
            dynamic_shapes=(open_sides,) * len(STEP_INPUTS),
        )


def save_step(network: MattingNetwork, path: str | Path, downsample_ratio: float = 1.0) -> None:
    """Write the step to a file: .pt2 (torch.export) or .onnx (opset of the exporter).

    Raises:
        UserError: Another suffix, or the packages for ONNX are missing.
    """
    path = Path(path)
    if path.suffix not in ('.pt2', '.onnx'):
        raise UserError(f'{path}: expected a name that ends in .pt2 or .onnx')
    program = export_step(network, downsample_ratio)
    if path.suffix == '.pt2':
        atomic_write(path, lambda partial: torch.export.save(program, partial))
        return
    try:
        import onnxscript  # noqa: F401 - the exporter needs it and names it badly
    except ImportError as error:
        raise UserError('ONNX export needs onnxscript: pip install onnxscript') from error
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # of the exporter, about its own internals
        for chatty in ('torch.onnx', 'onnxscript', 'onnx_ir'):
            logging.getLogger(chatty).setLevel(logging.ERROR)
        onnx_program = torch.onnx.export(
            program,
            dynamo=True,
            input_names=list(STEP_INPUTS),
            output_names=list(STEP_OUTPUTS),
            verbose=False,
        )
    atomic_write(path, lambda partial: onnx_program.save(partial, external_data=False))
