"""Which sources a config reads, and what each of its passes wants of them."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch.utils.data import Dataset

from rvm.datasets.clip_dataset import ClipDataset
from rvm.datasets.config import loaders, training_size
from rvm.datasets.inspect.checkers import Checker, checker_of
from rvm.datasets.inspect.fault import WARNING, Fault
from rvm.datasets.record_dataset import RecordDataset
from rvm.registry import DATASETS

SPLITS = {'train': 'training', 'val': 'validation', 'test': 'test'}
NOT_FILES = frozenset(
    [
        'pipeline',
        'order',
        'backgrounds',
        'num_frames',
        'items',
        'cover_backgrounds',
        'on_error',
        'matte_interpolation',
        'min_size',
    ]
)
"""Options that change nothing of what is on the disk."""


@dataclass(frozen=True)
class Use:
    """One place of a config where a source stands.

    Attributes:
        place: Dotted key, such as 'train_dataloader.mat_low.dataset.backgrounds.stills'.
        loader: The part of it that names the loader.
        split: 'training', 'validation' or 'test'.
        num_frames: T, None where it is not said.
        size: Side of the training pictures, None where it is not said.
        is_background: Whether it is a background.
        min_size: Least short side that the data set takes, None for any.
    """

    place: str
    loader: str
    split: str
    num_frames: int | None
    size: int | None
    is_background: bool
    min_size: int | None = None


@dataclass
class Source:
    """A data set on disk, as one or more passes use it.

    Attributes:
        name: Class and folder, for the report.
        config: Its config, without what does not concern the files.
        uses: Where it stands.
        dataset: Built, but without a list; None if that is impossible.
        checker: See `rvm.datasets.inspect.checkers`.
        fault: Why it cannot be checked.
    """

    name: str
    config: dict[str, Any]
    uses: list[Use] = field(default_factory=list)
    dataset: Dataset | None = None
    checker: Checker | None = None
    fault: Fault | None = None

    @property
    def folder(self) -> str:
        """Its folder, with links followed: two names of one folder are one source."""
        return os.path.realpath(getattr(self.dataset, 'folder', ''))


def find_sources(configs: Mapping[str, Mapping[str, Any]]) -> list[Source]:
    """Return every source of some configs once, in the order of the configs.

    Args:
        configs: Configs by name.
    """
    sources: dict[str, Source] = {}
    for name, config in configs.items():
        for place, loader in loaders(config):
            prefix = f'{name}: ' if len(configs) > 1 else ''
            size = training_size(loader)
            for where, part, frames in _leaves(f'{prefix}{place}.dataset', loader['dataset'], None):
                split = SPLITS[place.split('_')[0]]
                is_background = '.backgrounds' in where
                least = part.get('min_size')
                use = Use(where, f'{prefix}{place}', split, frames, size, is_background, least)
                options = {key: value for key, value in part.items() if key not in NOT_FILES}
                identity = json.dumps(options, sort_keys=True, default=repr)
                if identity not in sources:
                    sources[identity] = _source(options)
                sources[identity].uses.append(use)
    return list(sources.values())


def _leaves(
    place: str, config: Any, num_frames: int | None
) -> Iterator[tuple[str, dict[str, Any], int | None]]:
    """Yield (place, config, T) of every source in the config of a data set."""
    if isinstance(config, list | tuple):
        for number, part in enumerate(config):
            yield from _leaves(f'{place}.{number}', part, num_frames)
    if not isinstance(config, Mapping):
        return
    num_frames = config.get('num_frames', num_frames)
    inner = [key for key in config if key != 'pipeline']
    if 'type' in config:
        cls = _class(config['type'])
        parts = [
            leaf for key in inner for leaf in _leaves(f'{place}.{key}', config[key], num_frames)
        ]
        known = isinstance(cls, type) and checker_of(cls) is not None
        if known or not parts:
            yield place, dict(config), num_frames
        yield from parts
        return
    for key in inner:
        yield from _leaves(f'{place}.{key}', config[key], num_frames)


def _class(kind: Any) -> Any:
    """Return the class of a data set's 'type', or None."""
    if not isinstance(kind, str):
        return kind
    try:
        return DATASETS.get(kind)
    except (ImportError, KeyError):
        return None


def _source(options: dict[str, Any]) -> Source:
    kind = options.get('type')
    cls = _class(kind)
    shown = kind if isinstance(kind, str) else getattr(kind, '__name__', repr(kind))
    folder = os.path.join(str(options.get('data_root', '')), str(options.get('path', '')))
    source = Source(f'{shown} {folder}'.strip(), options)
    if not isinstance(cls, type):
        text = 'is no data set that is registered; correct the type, or use custom_imports'
        source.fault = Fault('config', folder, f'{source.name} {text}')
        return source
    source.checker = checker_of(cls)
    arguments = {key: value for key, value in options.items() if key != 'type'}
    if issubclass(cls, RecordDataset):
        arguments |= {'lazy_init': True}
    if issubclass(cls, ClipDataset):
        arguments |= {'pipeline': (), 'backgrounds': None}
    try:
        source.dataset = cls(**arguments)
    except Exception as error:  # a plugin's constructor may raise anything
        reason = ' '.join(str(error).split()) or type(error).__name__
        source.fault = Fault('config', folder, f'{source.name} cannot be built: {reason}')
        return source
    if source.checker is None:
        text = f'{source.name} has no checker: it was built, but its files were not looked at'
        source.fault = Fault('unchecked', folder, text, WARNING)
    return source
