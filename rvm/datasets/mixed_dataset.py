"""Several sources as one: all of each, repeated, or mixed by weight."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch.utils.data import Dataset

from rvm.datasets.sample_key import SOURCES, SampleKey
from rvm.errors import ConfigError
from rvm.registry import DATASETS


@DATASETS.register_module()
class MixedDataset(Dataset):
    """The samples of several data sets.

    Without weights an epoch holds every source, one after the other, `repeat` times. With weights
    it has `length` samples, each of a source drawn by weight and an item drawn uniformly, both
    functions of (seed, epoch, index). Sources stand in the order of their names: mmengine sorts the
    keys of a config that it writes to a file.

    Args:
        sources: Data sets or their configs by name; None leaves one out.
        repeat: How often an epoch goes through a source, by name; 1 where not named. A repeated
            item is drawn anew.
        weights: Relative frequency by name, one for each source that is not left out.
        length: Samples an epoch with weights; the sum of the lengths if None.
    """

    def __init__(
        self,
        sources: Mapping[str, Any],
        *,
        repeat: Mapping[str, int] | None = None,
        weights: Mapping[str, float] | None = None,
        length: int | None = None,
    ):
        self.sources = {
            name: DATASETS.build(source) if isinstance(source, Mapping) else source
            for name, source in sorted(sources.items())
            if source is not None
        }
        if not self.sources:
            raise ConfigError('MixedDataset: every source is None; name at least one')
        if weights is not None and repeat:
            raise ConfigError('MixedDataset takes weights or repeat, not both')
        if weights is None and length is not None:
            raise ConfigError('MixedDataset: length goes with weights')
        self._refuse_unknown('repeat', repeat or {}, sources)
        self._refuse_unknown('weights', weights or {}, sources)
        self.weights = None if weights is None else self._shares(weights)
        times = [int((repeat or {}).get(name, 1)) for name in self.sources]
        if min(times) < 1:
            raise ConfigError('MixedDataset: repeat must be 1 or more; None leaves a source out')
        lengths = [len(source) for source in self.sources.values()]
        self.ends = np.cumsum([size * count for size, count in zip(lengths, times, strict=True)])
        self.length = int(self.ends[-1]) if length is None else length

    def __len__(self) -> int:
        return self.length

    def locate(self, key: SampleKey) -> tuple[str, SampleKey]:
        """Return the source of a key's sample, and the key there."""
        if not 0 <= key.index < self.length:
            raise IndexError(f'MixedDataset has items 0 to {self.length - 1}, not {key.index}')
        names = list(self.sources)
        if self.weights is not None:
            rng = key.generator(SOURCES)
            name = names[rng.choice(len(names), p=self.weights)]
            return name, key.inside(name, int(rng.integers(len(self.sources[name]))))
        place = int(np.searchsorted(self.ends, key.index, side='right'))
        begin = int(self.ends[place - 1]) if place else 0
        source = self.sources[names[place]]
        return names[place], key.inside(names[place], (key.index - begin) % len(source))

    def __getitem__(self, index: int | SampleKey) -> dict:
        """Return the sample of a key (or of an index, in epoch 0 with seed 0)."""
        name, key = self.locate(SampleKey.of(index))
        return self.sources[name][key]

    def _refuse_unknown(self, what: str, given: Mapping, sources: Mapping) -> None:
        unknown = [name for name in given if name not in sources]
        if unknown:
            raise ConfigError(
                f'MixedDataset: {what} names {", ".join(unknown)}; sources are {", ".join(sources)}'
            )

    def _shares(self, weights: Mapping[str, float]) -> np.ndarray:
        absent = [name for name in self.sources if name not in weights]
        if absent:
            raise ConfigError(f'MixedDataset: weights lacks {", ".join(absent)}')
        values = np.array([weights[name] for name in self.sources], np.float64)
        if not (values >= 0).all() or values.sum() <= 0:
            raise ConfigError(f'MixedDataset: weights must be 0 or more, not {dict(weights)}')
        return values / values.sum()


def flatten(dataset: Dataset) -> Sequence[tuple[str, Dataset]]:
    """Return (name, data set) of every source inside, the backgrounds of matting included."""
    if isinstance(dataset, MixedDataset):
        return [
            (f'{name}.{inner}' if inner else name, leaf)
            for name, source in dataset.sources.items()
            for inner, leaf in flatten(source)
        ]
    found = [('', dataset)]
    backgrounds = getattr(dataset, 'backgrounds', None)
    for name in ('stills', 'videos'):
        source = getattr(backgrounds, name, None)
        if source is not None:
            found.append((f'backgrounds.{name}', source))
    return found
