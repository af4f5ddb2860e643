"""What a sample is made from: its index, and the numbers that its random draws hang on."""

from dataclasses import dataclass, replace

import numpy as np

SAMPLES, ORDERS, CROPS, SUBSTITUTES, SOURCES = range(5)
"""Independent families of random numbers; the first number of every seed sequence."""


def generator(family: int, seed: int, epoch: int, number: int) -> np.random.Generator:
    """Return the generator of one family for (seed, epoch, number), each below 2**32.

    Always four numbers: NumPy pads shorter sequences with zeros, and would give equal streams.
    """
    numbers = (family, seed, epoch, number)
    if not all(0 <= value < 2**32 for value in numbers):
        raise ValueError(f'seed, epoch and index must be in 0 .. 2**32 - 1, not {numbers[1:]}')
    return np.random.default_rng(numbers)


@dataclass(frozen=True)
class SampleKey:
    """The index that a sampler hands to a data set.

    A sample is a function of its key alone: not of the worker, the rank, or what came before.

    Attributes:
        index: Item of the data set that is asked.
        draw: Item of the outermost data set; the random numbers hang on it, so that an item that
            a mixture holds twice is not drawn twice alike.
        epoch: Counts the passes through the data.
        seed: That of the run.
        crop: Height and width of the training crop, the same for all samples of a step, or None.
    """

    index: int
    draw: int
    epoch: int = 0
    seed: int = 0
    crop: tuple[int, int] | None = None

    @classmethod
    def of(cls, index: 'int | SampleKey') -> 'SampleKey':
        """Return a key as it is, and a plain number as item `index` of epoch 0 with seed 0."""
        return index if isinstance(index, cls) else cls(int(index), int(index))

    def at(self, index: int) -> 'SampleKey':
        """Return the key of another item with the same random numbers."""
        return replace(self, index=index)

    def generator(self) -> np.random.Generator:
        """Return the one generator of the sample."""
        return generator(SAMPLES, self.seed, self.epoch, self.draw)
