"""Measure speed: A against B in one run, interleaved, medians and ratios.

python tools/benchmark.py network --weights work_dirs/weights/rvm_mbv3.pth
python tools/benchmark.py video clip.mp4 --weights work_dirs/weights/rvm_mbv3.pth

`network`: frames per second of the network in several forms, each at 512x288 with ratio 1,
1920x1080 with 0.25 and 3840x2160 with 0.125, T frames at once: eager; channels_last; fused (batch
norms folded, what `Matter` runs); scripted and compiled (both of the fused one). All but eager are
channels-last. In float32 every form's output is first compared with eager's.
`video`: a whole conversion, split into decoding, network and encoding, each alone and together.
"""

import argparse
import copy
import os
import resource
import shutil
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from rvm.cli import run_tool
from rvm.inference import Matter, matte_video
from rvm.inference.allocator import keep_freed_memory
from rvm.inference.background import Background
from rvm.io import open_reader, open_writer
from rvm.models import build_network, network_from_weights
from rvm.models.builder import base_config_path
from rvm.models.fuse import fuse_batch_norms

CASES = {
    '512x288 @ 1': (288, 512, 1.0),
    '1920x1080 @ 0.25': (1080, 1920, 0.25),
    '3840x2160 @ 0.125': (2160, 3840, 0.125),
}
FORMS = ('eager', 'channels_last', 'fused', 'scripted', 'compiled')
TOLERANCE = 1e-4


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest='command', required=True)
    network = commands.add_parser('network', help='forms of the network')
    network.add_argument('--forms', nargs='+', default=FORMS, choices=FORMS)
    network.add_argument('--cases', nargs='+', default=list(CASES), choices=tuple(CASES))
    network.add_argument('--chunks', nargs='+', type=int, default=[1, 4], help='frames at once')
    network.add_argument('--dtype', default='float32', choices=('float32', 'float16', 'bfloat16'))
    video = commands.add_parser('video', help='a whole conversion')
    video.add_argument('input', help='a video')
    video.add_argument('--frames', type=int, default=60, help='frames converted (default 60)')
    for command in (network, video):
        command.add_argument('--weights', help='published or ours; random weights if not given')
        command.add_argument('--config', default=base_config_path('rvm_mbv3.py'))
        command.add_argument('--device', default='cpu')
        command.add_argument(
            '--default-allocator',
            action='store_true',
            help='leave the C library as it is (see rvm/inference/allocator.py)',
        )
        command.add_argument('--rounds', type=int, default=7, help='interleaved (default 7)')
    return parser.parse_args()


def main() -> None:
    """Run the benchmark that is asked for."""
    args = parse_args()
    network = network_from_weights(args.weights) if args.weights else build_network(args.config)
    network.eval().to(args.device)
    if not args.default_allocator:
        keep_freed_memory()
    print(f'torch {torch.__version__}, {args.device}, {torch.get_num_threads()} threads')
    if args.command == 'network':
        benchmark_network(network, args)
    else:
        benchmark_video(network, args)


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


def benchmark_network(network: nn.Module, args: argparse.Namespace) -> None:
    """Print a table a case: a row a form and chunk, frames per second and ratio to eager."""
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


def measure(
    runs: dict[str, Callable[[], object]], rounds: int, device: str = 'cpu'
) -> dict[str, list[tuple[float, float]]]:
    """Return wall and process CPU seconds of each run in every round; the first is not counted."""
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for number in range(rounds + 1):
        for name, run in runs.items():
            wall, cpu = time.perf_counter(), time.process_time()
            run()
            if device.startswith('cuda'):
                torch.cuda.synchronize()
            if number:
                seconds[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return seconds


def report(seconds: dict[str, list[tuple[float, float]]], frames: dict[str, int]) -> None:
    """Print medians, spread, and the ratio to the first row, pair by pair."""
    first = next(iter(seconds))
    print(f'  {"":24}  {"frames/s":>9}  {"(min .. max)":>16}  {"CPU s/frame":>11}  vs {first}')
    for name, rounds in seconds.items():
        rates = [frames[name] / wall for wall, _ in rounds]
        pairs = zip(rates, (frames[first] / wall for wall, _ in seconds[first]), strict=True)
        ratio = statistics.median(rate / base for rate, base in pairs)
        cpu = statistics.median(cpu for _, cpu in rounds) / frames[name]
        spread = f'({min(rates):.2f} .. {max(rates):.2f})'
        median = statistics.median(rates)
        print(f'  {name:24}  {median:9.2f}  {spread:>16}  {cpu:11.3f}  {ratio:.2f}', flush=True)


def benchmark_video(network: nn.Module, args: argparse.Namespace) -> None:
    """Print frames per second of each stage alone and of the whole conversion."""
    with open_reader(args.input) as reader:
        info = reader.info
        count = min(args.frames, len(reader))
        images = reader.read(range(count))
    print(f'{args.input}: {info.width}x{info.height}, {count} frames')
    matter = Matter(network, device=args.device, keep_memory=not args.default_allocator)
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / 'clip.mp4'
        green = Background('0,177,64', info.height, info.width).at(info.time_base)

        def write(target: Path, channels: str, pictures: list[np.ndarray]) -> None:
            with open_writer(target, info, channels=channels) as writer:
                for number, picture in enumerate(pictures):
                    writer.write(picture, number / info.frame_rate)

        write(clip, 'rgb', list(images))
        composites = [np.where(image > 128, image, green) for image in images]

        def decode() -> None:
            with open_reader(clip) as clip_reader:
                for _ in clip_reader:
                    pass

        def convert(on: str | Path) -> Callable[[], object]:
            return lambda: matte_video(
                on,
                matter,
                composite=Path(folder) / 'out.mp4',
                background='0,177,64',
            )

        runs = {
            'end to end': convert(clip),
            'decode alone': decode,
            'network alone': lambda: [None for _ in matter.stream(images)],
            'encode alone': lambda: write(Path(folder) / 'alone.mp4', 'rgb', composites),
        }
        report(measure(runs, args.rounds, args.device), dict.fromkeys(runs, count))
        result = convert(clip)()
    busy = ', '.join(f'{stage} {seconds:.2f} s' for stage, seconds in result.busy_seconds.items())
    print(f'  busy in a run of {result.seconds:.2f} s: {busy}')
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(f'  peak memory {peak:.0f} MiB, {os.cpu_count()} cores')


if __name__ == '__main__':
    run_tool(main)
