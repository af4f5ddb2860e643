"""Timing of several runs in turn, and the table of them."""

import statistics
import time
from collections.abc import Callable

import torch


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
