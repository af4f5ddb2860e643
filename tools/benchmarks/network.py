"""Frames per second of the network in several forms."""

import argparse
import copy
import shutil
import time
import warnings
from collections.abc import Callable

import torch
from benchmarks.measure import measure, report
from benchmarks.model import add_model_arguments, load_network
from torch import nn

from rvm.models.fuse import fuse_batch_norms

CASES = {
    '512x288 @ 1': (288, 512, 1.0),
    '1920x1080 @ 0.25': (1080, 1920, 0.25),
    '3840x2160 @ 0.125': (2160, 3840, 0.125),
}
FORMS = ('eager', 'channels_last', 'fused', 'scripted', 'compiled')
TOLERANCE = 1e-4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `network`."""
    parser.add_argument('--forms', nargs='+', default=FORMS, choices=FORMS)
    parser.add_argument('--cases', nargs='+', default=list(CASES), choices=tuple(CASES))
    parser.add_argument('--chunks', nargs='+', type=int, default=[1, 4], help='frames at once')
    parser.add_argument('--dtype', default='float32', choices=('float32', 'float16', 'bfloat16'))
    add_model_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Print a table a case: a row a form and chunk, frames per second and ratio to eager."""
    network = load_network(args)
    dtype = getattr(torch, args.dtype)
    for case in args.cases:
        height, width, ratio = CASES[case]
        print(f'\n{case}, {args.dtype}')
        runs: dict[str, Callable[[], None]] = {}
        frames: dict[str, int] = {}
        for chunk in args.chunks:
            with torch.inference_mode():  # compiled code depends on where its input was made
                src = torch.rand(chunk, 3, height, width).to(args.device)
            expected = run_form(network, src, torch.contiguous_format, ratio)[1]
            for form in args.forms:
                if form == 'compiled' and shutil.which('c++') is None and args.device == 'cpu':
                    print('  compiled: left out, it needs a C++ compiler')
                    continue
                module, memory_format = make_form(network, form)
                module = module.to(dtype) if dtype != torch.float32 else module
                name = f'{form}, T = {chunk}'
                start = time.perf_counter()
                found = run_form(module, src.to(dtype), memory_format, ratio)[1]
                if form == 'compiled':
                    print(f'  {name}: compiled in {time.perf_counter() - start:.0f} s')
                error = float((found.float() - expected).abs().max())
                if dtype == torch.float32 and error > TOLERANCE:
                    raise SystemExit(f'{name}: alpha differs from eager by {error:.2g}')
                runs[name] = stepper(module, src.to(dtype), memory_format, ratio)
                frames[name] = chunk
        report(measure(runs, args.rounds, args.device), frames)


def make_form(network: nn.Module, form: str) -> tuple[nn.Module, torch.memory_format]:
    """Return the network in one of `FORMS`, and the memory format its input wants."""
    network = copy.deepcopy(network)
    if form == 'eager':
        return network, torch.contiguous_format
    if form != 'channels_last':
        network = fuse_batch_norms(network)
    network = network.to(memory_format=torch.channels_last)
    if form == 'scripted':
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # torch.jit is deprecated, and still asked for
            network = torch.jit.freeze(torch.jit.script(network))
    elif form == 'compiled':
        torch.compiler.reset()
        network = torch.compile(network)
    return network, torch.channels_last


@torch.inference_mode()
def run_form(
    module: nn.Module, src: torch.Tensor, memory_format: torch.memory_format, ratio: float
):
    """Run a clip [T, 3, H, W] from the start."""
    src = src.contiguous(memory_format=memory_format).unflatten(0, (1, src.shape[0]))
    return module(src, None, ratio)


def stepper(
    module: nn.Module, src: torch.Tensor, memory_format: torch.memory_format, ratio: float
) -> Callable[[], None]:
    """Return a function that runs the next chunk, handing the state on."""
    clip = src.contiguous(memory_format=memory_format).unflatten(0, (1, src.shape[0]))
    state = None

    @torch.inference_mode()
    def step() -> None:
        nonlocal state
        _, _, state = module(clip, state, ratio)

    return step
