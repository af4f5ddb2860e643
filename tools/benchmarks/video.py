"""Frames per second of a whole conversion and of its stages."""

import argparse
import os
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from benchmarks.measure import measure, report
from benchmarks.model import add_model_arguments, load_network

from rvm.inference import Matter, matte_video
from rvm.inference.background import Background
from rvm.io import open_reader, open_writer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `video`."""
    parser.add_argument('input', help='a video')
    parser.add_argument('--frames', type=int, default=60, help='frames converted (default 60)')
    add_model_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Print frames per second of each stage alone and of the whole conversion."""
    network = load_network(args)
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
