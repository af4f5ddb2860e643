"""Which samples, in which order: the same whatever the number of ranks, and from any step on."""

from collections.abc import Iterator, Sized

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed

from rvm.datasets.sample_key import CROPS, ORDERS, SampleKey, generator, number_of
from rvm.errors import ConfigError
from rvm.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class EpochSampler:
    """The order of an epoch, a function of (seed, epoch), over all ranks.

    On its own it gives this rank every `world size`-th key (evaluation); in training
    `StepBatchSampler` takes the order and cuts it into steps.

    Args:
        dataset: Anything with a length.
        seed: Of the run; if None, one is drawn and shared by all ranks.
        shuffle: Whether every epoch has a new order.
        num_samples: Samples an epoch, for short runs; all if None. With more than the data set
            has, every epoch goes through it more than once, in new orders.
        name: Of the loader. Loaders of one run have one seed: only with names of their own are
            their orders, draws and crops independent.

    Attributes:
        num_places: Samples an epoch, of all ranks together.
    """

    def __init__(
        self,
        dataset: Sized,
        seed: int | None = None,
        shuffle: bool = True,
        num_samples: int | None = None,
        name: str = '',
    ):
        if len(dataset) == 0:
            raise ConfigError(f'{type(dataset).__name__} is empty: there is nothing to sample')
        if num_samples is not None and num_samples < 1:
            raise ConfigError(f'EpochSampler: num_samples must be 1 or more, not {num_samples}')
        self.dataset = dataset
        self.seed = int(sync_random_seed() if seed is None else seed)
        self.shuffle = shuffle
        self.num_places = num_samples or len(dataset)
        self.loader = number_of(name)
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Go to an epoch."""
        self.epoch = epoch

    def keys(self, places: np.ndarray, epoch: int, crop: tuple[int, int] | None = None) -> list:
        """Return the keys of items, as a batch.

        A place past the end of the data set is the same item in another round: it draws anew.
        """
        size = len(self.dataset)
        draw_epoch = epoch if self.shuffle else 0
        return [
            SampleKey(int(place % size), int(place), draw_epoch, self.seed, crop, self.loader)
            for place in places
        ]

    def order(self, epoch: int) -> np.ndarray:
        """Return the places of an epoch, [num_places] int64."""
        size, count = len(self.dataset), self.num_places
        rounds = []
        for number in range(-(-count // size)):
            places = np.arange(size)
            if self.shuffle:
                rng = generator(ORDERS, self.seed, self.loader, epoch, number)
                places = rng.permutation(size)
            rounds.append(places + number * size)
        return np.concatenate(rounds)[:count]

    def __len__(self) -> int:
        """Return the samples of this rank."""
        rank, world_size = get_dist_info()
        return len(range(rank, self.num_places, world_size))

    def __iter__(self) -> Iterator[SampleKey]:
        rank, world_size = get_dist_info()
        yield from self.keys(self.order(self.epoch)[rank::world_size], self.epoch)


@DATA_SAMPLERS.register_module()
class StepBatchSampler:
    """Batches of keys, step by step; all ranks together take one stretch of the epoch's order.

    Step s of B clips on R ranks takes places s * B * R to (s + 1) * B * R - 1, rank r the r-th B of
    them: one rank with B = 2 sees what two ranks with B = 1 see. What does not fill a step at the
    end of an epoch is left out (another time it comes first).

    The crop of a step is a function of (seed, epoch, step): h uniform in range(S // 2, S), w too,
    each on its own.

    Args:
        sampler: Gives the order.
        batch_size: B, clips a rank.
        crop_size: S, the side that the pipeline's CropResize makes; None for no training crop.
    """

    def __init__(self, sampler: EpochSampler, batch_size: int = 1, crop_size: int | None = None):
        if not isinstance(sampler, EpochSampler):
            raise ConfigError(
                f'StepBatchSampler needs an EpochSampler, not a {type(sampler).__name__}: '
                "sampler=dict(type='EpochSampler')"
            )
        if batch_size < 1 or (crop_size is not None and crop_size < 2):
            raise ConfigError('StepBatchSampler: batch_size must be 1, crop_size 2, or more')
        self.sampler = sampler
        self.batch_size = batch_size
        self.crop_size = crop_size
        self.rank, self.world_size = get_dist_info()
        self._first_step = 0
        if len(self) == 0:
            raise ConfigError(
                f'{type(sampler.dataset).__name__} has {sampler.num_places} samples an epoch; a '
                f'step of {batch_size} clips on {self.world_size} processes needs '
                f'{batch_size * self.world_size}'
            )

    def start(self, epoch: int, step: int = 0) -> None:
        """Let the next iteration start at a step of an epoch; nothing is decoded to get there."""
        if not 0 <= step <= len(self):
            raise ValueError(f'an epoch has steps 0 to {len(self)}, not {step}')
        self.sampler.set_epoch(epoch)
        self._first_step = step

    def crop(self, epoch: int, step: int) -> tuple[int, int] | None:
        """Return height and width of a step's crop."""
        if self.crop_size is None:
            return None
        rng = generator(CROPS, self.sampler.seed, self.sampler.loader, epoch, step)
        height, width = rng.integers(self.crop_size // 2, self.crop_size, size=2)
        return int(height), int(width)

    def __len__(self) -> int:
        """Return the steps of a whole epoch."""
        return self.sampler.num_places // (self.batch_size * self.world_size)

    def __iter__(self) -> Iterator[list[SampleKey]]:
        first, self._first_step = self._first_step, 0
        epoch, stretch = self.sampler.epoch, self.batch_size * self.world_size
        order = self.sampler.order(epoch)
        for step in range(first, len(self)):
            begin = step * stretch + self.rank * self.batch_size
            places = order[begin : begin + self.batch_size]
            yield self.sampler.keys(places, epoch, self.crop(epoch, step))
