"""The alpha metrics of the low protocol against a plain version, and their scaling."""

import argparse
import functools
import multiprocessing
import statistics
import time
from collections.abc import Callable

import cv2
import numpy as np
import torch
from benchmarks import plain_metrics
from benchmarks.mattes import PREDICTIONS, SEEDS, case_clips
from benchmarks.measure import measure

from rvm.allocator import keep_freed_memory
from rvm.evaluation import functional

MEASURES = {'MAD': 'mad', 'MSE': 'mse', 'Grad': 'grad', 'Conn': 'conn', 'dtSSD': 'dtssd'}
TOLERANCE = 1e-5
_clips: dict[str, np.ndarray] = {}  # of a worker


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument('--size', type=int, nargs=2, default=(1080, 1920), metavar=('H', 'W'))
    parser.add_argument('--frames', type=int, default=3, help='of a clip')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--people', nargs='+', default=list(SEEDS), choices=tuple(SEEDS))
    parser.add_argument(
        '--predictions', nargs='+', default=list(PREDICTIONS), choices=tuple(PREDICTIONS)
    )
    parser.add_argument('--workers', type=int, nargs='*', default=[1, 2, 4], help='processes')
    parser.add_argument(
        '--default-allocator',
        action='store_true',
        help='leave the C library as it is, for both sides',
    )


def run(args: argparse.Namespace) -> None:
    """Print a table a case, a summary, and the throughput of several processes."""
    _one_thread(not args.default_allocator)
    size = tuple(args.size)
    ratios = {}
    for framing in args.people:
        for quality in args.predictions:
            pred, true = case_clips(framing, quality, size, args.frames)
            print(f'\n{framing}, {quality}: {size[1]}x{size[0]}, ms a frame in one thread')
            ratios[framing, quality] = compare(pred, true, args.rounds)
    print('\ntimes as fast, all five')
    for (framing, quality), ratio in ratios.items():
        print(f'  {framing + ", " + quality:26}  {ratio:5.1f}')
    if args.workers:
        clips = case_clips(args.people[0], 'typical', size, args.frames)
        scaling(*clips, args.workers, args.rounds, not args.default_allocator)


def compare(pred: np.ndarray, true: np.ndarray, rounds: int) -> float:
    """Print both sides' times on a clip [T, H, W] uint8; return the ratio of all five measures."""
    floats = plain_metrics.to_float(pred), plain_metrics.to_float(true)
    runs: dict[str, Callable[[], object]] = {
        'plain to float': lambda: [plain_metrics.to_float(clip) for clip in (pred, true)]
    }
    for title, name in MEASURES.items():
        plain = functools.partial(getattr(plain_metrics, name), *floats)
        ours = functools.partial(getattr(functional, name), pred, true)
        check_equal(title, np.array(plain(), np.float64), ours())
        runs |= {f'plain {title}': plain, f'ours {title}': ours}
    seconds = {
        name: np.array(times)[:, 0] / len(pred) for name, times in measure(runs, rounds).items()
    }
    seconds['plain all'] = sum(seconds[name] for name in runs if name.startswith('plain'))
    seconds['ours all'] = sum(seconds[name] for name in runs if name.startswith('ours'))
    print(f'  {"":8}  {"plain":>8}  {"ours":>8}  times as fast (min .. max)')
    print(f'  {"to float":8}  {1e3 * np.median(seconds["plain to float"]):8.2f}')
    for title in (*MEASURES, 'all'):
        plain, ours = seconds[f'plain {title}'], seconds[f'ours {title}']
        pairs = plain / ours
        print(
            f'  {title:8}  {1e3 * np.median(plain):8.2f}  {1e3 * np.median(ours):8.2f}  '
            f'{np.median(pairs):5.1f} ({pairs.min():.1f} .. {pairs.max():.1f})',
            flush=True,
        )
    return float(np.median(pairs))


def check_equal(title: str, plain: np.ndarray, ours: np.ndarray) -> None:
    """Stop if two versions' values [T] differ by more than rounding."""
    if not np.allclose(ours, plain, rtol=TOLERANCE, atol=1e-9):
        raise SystemExit(f'{title}: {ours.tolist()} differs from plain {plain.tolist()}')


def scaling(
    pred: np.ndarray, true: np.ndarray, workers: list[int], rounds: int, keep: bool
) -> None:
    """Print the throughput of several processes that share the frames of a clip, by turns."""
    tasks = 12 * max(workers)
    rates: dict[int, list[float]] = {count: [] for count in workers}
    context = multiprocessing.get_context('spawn')
    pools = {count: context.Pool(count, _start, (pred, true, keep)) for count in workers}
    try:
        for number in range(rounds + 1):
            for count, pool in pools.items():
                start = time.perf_counter()
                pool.map(_score, range(tasks), chunksize=1)
                if number:
                    rates[count].append(tasks / (time.perf_counter() - start))
    finally:
        for pool in pools.values():
            pool.terminate()
            pool.join()
    print(f'\nall five in several processes, on {multiprocessing.cpu_count()} cores')
    first = workers[0]
    for count in workers:
        ratio = statistics.median(
            rate / base for rate, base in zip(rates[count], rates[first], strict=True)
        )
        rate = statistics.median(rates[count])
        print(f'  {count} processes  {rate:7.1f} frames/s  {ratio:.2f} vs {first}', flush=True)


def _one_thread(keep: bool) -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    if keep:
        keep_freed_memory()


def _start(pred: np.ndarray, true: np.ndarray, keep: bool) -> None:
    _one_thread(keep)
    _clips.update(pred=pred, true=true)


def _score(number: int) -> None:
    """Compute all five of a frame, with its predecessor for dtSSD."""
    now = 1 + number % (len(_clips['pred']) - 1)
    pred, true = _clips['pred'], _clips['true']
    for name in ('mad', 'mse', 'grad', 'conn'):
        getattr(functional, name)(pred[now], true[now])
    functional.dtssd(pred[now - 1 : now + 1], true[now - 1 : now + 1])
