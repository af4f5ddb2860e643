"""A whole DataLoader with workers: what arrives a second, through which memory."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import torch
from benchmarks.loader_cases import Case, build_dataset
from benchmarks.plain_loader import PlainLoader
from benchmarks.plan import plan_sample
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate

from rvm.datasets import ClipDataset, EpochSampler, SampleKey, StepBatchSampler, clip_collate

WORKERS = 2
FASTER = 8
"""So many of our samples for one of the plain loader: rounds that last about as long."""
POLL = 0.5
"""Seconds between two looks at the memory."""


class PlainDataset(Dataset):
    """The plain loader as a data set, of the same samples."""

    def __init__(self, planned: ClipDataset, root: Path):
        self.planned = planned
        self.load = PlainLoader(root)

    def __len__(self) -> int:
        return len(self.planned)

    def __getitem__(self, key: SampleKey) -> dict[str, Tensor]:
        """Return the sample of a key."""
        return self.load(plan_sample(self.planned, key))


class Steps:
    """Some steps of training a round, other ones each time."""

    def __init__(self, dataset: ClipDataset, size: int, steps: int):
        self.dataset, self.size, self.steps = dataset, size, steps
        self.round = 0

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[list[SampleKey]]:
        sampler = EpochSampler(self.dataset, seed=self.round, num_samples=self.steps)
        self.round += 1
        return iter(StepBatchSampler(sampler, crop_size=self.size))


def measure_transport(case: Case, root: Path, scale: float, rounds: int, samples: int) -> None:
    """Print frames per second, bytes a sample and memory of both loaders, round by round in turn.

    Workers persist; a round lasts from asking for its first batch to its last one. Batches are
    taken and dropped.
    """
    print(f'\n{case.title}, whole DataLoader, {WORKERS} workers, {rounds} rounds')
    forms = {
        'plain': (build_dataset(case, root, 'all in the worker', scale), default_collate, 1),
        'ours': (build_dataset(case, root, 'rest on the device', scale), clip_collate, FASTER),
    }
    loaders, frames = {}, {}
    for name, ((dataset, size), collate, times) in forms.items():
        steps = max(WORKERS, times * samples // rounds)
        loaders[name] = DataLoader(
            PlainDataset(dataset, root) if name == 'plain' else dataset,
            batch_sampler=Steps(dataset, size, steps),
            num_workers=WORKERS,
            collate_fn=collate,
            persistent_workers=True,
            worker_init_fn=_one_thread,
        )
        frames[name] = steps * dataset.num_frames
    rates: dict[str, list[float]] = {name: [] for name in loaders}
    sizes: dict[str, list[int]] = {name: [] for name in loaders}
    memory = dict.fromkeys(loaders, 0)
    workers: dict[str, set[psutil.Process]] = {}
    for number in range(rounds + 1):
        for name, loader in loaders.items():
            before = set(psutil.Process().children())
            start = time.perf_counter()
            batches = iter(loader)
            if number == 0:
                workers[name] = set(psutil.Process().children()) - before
            with PeakMemory(workers[name]) as peak:
                arrived = [_stored_bytes(batch) for batch in batches]
            seconds = time.perf_counter() - start
            memory[name] = max(memory[name], peak.highest)
            if number:  # the first round starts the workers
                rates[name].append(frames[name] / seconds)
                sizes[name] += arrived
    ratio = [one / other for one, other in zip(rates['ours'], rates['plain'], strict=True)]
    for name, values in rates.items():
        spread = f'{min(values):.1f} .. {max(values):.1f}'
        print(
            f'  {name:6} {np.mean(values):8.1f} frames/s ({spread}), '
            f'{np.mean(sizes[name]) / 2**20:7.2f} MiB a sample, '
            f'workers at most {memory[name] / 2**20:.0f} MiB (PSS, both)'
        )
    print(
        f'  {np.mean(rates["ours"]) / np.mean(rates["plain"]):.1f} times as fast '
        f'({min(ratio):.1f} .. {max(ratio):.1f}, round by round)'
    )


def _one_thread(worker: int) -> None:
    torch.set_num_threads(1)


def _stored_bytes(batch: dict) -> int:
    """Return what a batch takes in the memory that workers share with the training process."""
    tensors = (value for value in batch.values() if isinstance(value, Tensor))
    return sum(tensor.untyped_storage().nbytes() for tensor in tensors)


class PeakMemory:
    """Looks at the memory of processes from time to time.

    Attributes:
        highest: Bytes of all together, what several share counted in parts (PSS).
    """

    def __init__(self, processes: set[psutil.Process]):
        self.processes = processes
        self.highest = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> 'PeakMemory':
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            now = sum(process.memory_full_info().pss for process in self.processes)
            self.highest = max(self.highest, now)
            if self._done.wait(POLL):
                return
