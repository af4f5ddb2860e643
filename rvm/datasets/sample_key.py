"""What a sample is made from: its index, and the numbers that its random draws hang on."""

import zlib
from dataclasses import dataclass, replace

import numpy as np

SAMPLES, ORDERS, CROPS, SUBSTITUTES, SOURCES = range(5)
"""Independent families of random numbers; the first number of every seed sequence."""


def number_of(name: str, inside: int = 0) -> int:
    """Return a number below 2**32 for a name, the same on every machine; 0 for no name.

    Args:
        name: Of a loader, or of a source in a mixture.
        inside: Number of what the named thing is a part of.
    """
    return zlib.crc32(name.encode(), inside)


def generator(
    family: int, seed: int, loader: int, epoch: int, number: int, attempt: int = 0
) -> np.random.Generator:
    """Return the generator of one family for numbers below 2**32.

    Always six numbers: NumPy pads shorter sequences with zeros, and would give equal streams.
    """
    numbers = (family, seed, loader, epoch, number, attempt)
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
        loader: `number_of` the loader's name: two loaders of one run draw independently.
        attempt: Counts the substitutes of a sample that could not be loaded.
    """

    index: int
    draw: int
    epoch: int = 0
    seed: int = 0
    crop: tuple[int, int] | None = None
    loader: int = 0
    attempt: int = 0

    @classmethod
    def of(cls, index: 'int | SampleKey') -> 'SampleKey':
        """Return a key as it is, and a plain number as item `index` of epoch 0 with seed 0."""
        return index if isinstance(index, cls) else cls(int(index), int(index))

    def at(self, index: int) -> 'SampleKey':
        """Return the key of another item with the same random numbers."""
        return replace(self, index=index)

    def inside(self, name: str, index: int) -> 'SampleKey':
        """Return the key of an item of a named part, which draws on its own."""
        return replace(self, index=index, loader=number_of(name, self.loader))

    def substitute(self, index: int) -> 'SampleKey':
        """Return the key of another item in place of this one, with other random numbers."""
        return replace(self, index=index, attempt=self.attempt + 1)

    def generator(self, family: int = SAMPLES) -> np.random.Generator:
        """Return the one generator of the sample (or one of another family)."""
        return generator(family, self.seed, self.loader, self.epoch, self.draw, self.attempt)
