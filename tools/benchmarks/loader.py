"""Frames per second and core of loading training samples, against a plain loader."""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import simplejpeg
import torch
from benchmarks.footage import Footage
from benchmarks.loader_cases import CASES, FORMS, Case, build_dataset, step_keys
from benchmarks.loader_check import check_case
from benchmarks.plain_loader import PlainLoader
from benchmarks.plan import Plan, plan_sample

from rvm.datasets.frames import FrameSource, ImageFrames, PairedFrames

PLAIN, DECODE = 'plain', 'decode alone'
WARM_UP = 2
RESAMPLES = 2000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `loader`."""
    parser.add_argument('--cases', nargs='+', default=list(CASES), choices=tuple(CASES))
    parser.add_argument(
        '--samples', type=int, default=40, help='of each variant, in turn (default 40)'
    )
    parser.add_argument(
        '--transport', action='store_true', help='also a whole DataLoader with 2 workers, on SD'
    )
    parser.add_argument('--rounds', type=int, default=4, help='of --transport, in turn (default 4)')
    parser.add_argument(
        '--check',
        metavar='FOLDER',
        help='instead: compare pictures with the plain loader, and put contact sheets there',
    )
    parser.add_argument('--data', metavar='FOLDER', help='keep the generated data there, or reuse')
    parser.add_argument(
        '--scale', type=float, default=1, help='of all sizes; other than 1 only for tests'
    )


def run(args: argparse.Namespace) -> None:
    """Print a table a case, on generated data."""
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    print(f'torch {torch.__version__}, OpenCV {cv2.__version__}, one thread')
    with tempfile.TemporaryDirectory() as folder:
        os.environ['RVM_CACHE_DIR'] = str(Path(folder, 'index'))
        root = Path(args.data or folder, 'data')
        for name in args.cases:
            case = CASES[name]
            _make_footage(case, root, args.scale)
            print(f'\n{case.title}')
            if args.check:
                check_case(name, root, args.scale, args.samples, Path(args.check))
            else:
                report(*measure_case(case, root, args.scale, args.samples))
        if args.transport:
            from benchmarks.loader_transport import measure_transport  # psutil: a dev requirement

            case = CASES['sd']
            _make_footage(case, root, args.scale)
            measure_transport(case, root, args.scale, args.rounds, args.samples)


def _make_footage(case: Case, root: Path, scale: float) -> None:
    footage = Footage(root, scale)
    for part in case.parts:
        done = root / f'.{part}'
        if not done.exists():
            bits = footage.make(part)
            done.write_text(f'{bits:.2f}')
            print(f'{part}: {bits:.2f} bits a pixel')


def measure_case(
    case: Case, root: Path, scale: float, samples: int
) -> tuple[dict[str, np.ndarray], int]:
    """Time all variants on the same samples, one after the other, in turn.

    Returns:
        Variant -> [samples, 2] seconds of wall and of CPU time; T.
    """
    datasets = {form: build_dataset(case, root, form, scale) for form in FORMS}
    first, size = next(iter(datasets.values()))
    plain = PlainLoader(root)
    seconds: dict[str, list] = {name: [] for name in (PLAIN, *FORMS, DECODE)}
    keys = step_keys(first, size)
    for number, key in zip(range(samples + WARM_UP), keys, strict=False):
        plan = plan_sample(first, key)
        runs: list[tuple[str, Callable[[], object]]] = [(PLAIN, lambda plan=plan: plain(plan))]
        runs += [
            (form, lambda dataset=dataset, key=key: dataset[key])
            for form, (dataset, _) in datasets.items()
        ]
        runs.append((DECODE, lambda plan=plan: decode_alone(plan)))
        turn = number % len(runs)
        for name, call in runs[turn:] + runs[:turn]:
            wall, cpu = time.perf_counter(), time.process_time()
            call()
            spent = time.perf_counter() - wall, time.process_time() - cpu
            if number >= WARM_UP:
                seconds[name].append(spent)
    return {name: np.array(values) for name, values in seconds.items()}, first.num_frames


def decode_alone(plan: Plan) -> None:
    """Decode every distinct file of a sample once, at full size."""
    for name, source in plan.sources.items():
        numbers = plan.drawn.get(f'frames_{name}', {}).get('numbers', [0])
        leaves: list[tuple[FrameSource, str]] = [(source, 'RGB')]
        if isinstance(source, PairedFrames):
            leaves = [(source.picture, 'RGB'), (source.matte, 'GRAY')]
        for leaf, colorspace in leaves:
            for number in sorted(set(numbers)):
                if isinstance(leaf, ImageFrames):
                    data = Path(leaf.folder, leaf.names[number]).read_bytes()
                    simplejpeg.decode_jpeg(data, colorspace)
                else:
                    next(leaf.load([number]))


def report(seconds: dict[str, np.ndarray], num_frames: int) -> None:
    """Print frames per second of CPU time, and how many times as fast as the plain loader.

    Means, their ratio with a 95 % interval (bootstrap over samples), the ratio of medians, and the
    ratio of means of wall time.
    """
    print(
        f'  {"":20} {"frames/s":>9} {"ms a frame":>16} {"times as fast":>22} '
        f'{"medians":>8} {"wall":>6}'
    )
    plain = seconds[PLAIN]
    rng = np.random.default_rng(0)
    picks = rng.integers(len(plain), size=(RESAMPLES, len(plain)))
    for name, values in seconds.items():
        wall, cpu = values.mean(0)
        ratios = plain[picks, 1].mean(1) / values[picks, 1].mean(1)
        low, high = np.percentile(ratios, [2.5, 97.5])
        times = 1000 * values[:, 1] / num_frames
        spread = f'{times.mean():.2f} +- {times.std():.2f}'
        ratio = f'{plain[:, 1].mean() / cpu:.1f} ({low:.1f} .. {high:.1f})'
        medians = np.median(plain[:, 1]) / np.median(values[:, 1])
        print(
            f'  {name:20} {num_frames / cpu:9.1f} {spread:>16} {ratio:>22} {medians:8.1f} '
            f'{plain[:, 0].mean() / wall:6.1f}',
            flush=True,
        )
