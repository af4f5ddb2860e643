"""What a config says about data: its loaders, and the root they share."""

import os
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any

from mmengine.config import Config

from rvm.errors import ConfigError

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def load_config(
    path: str | os.PathLike,
    data_root: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Config:
    """Return a config file with what the command line changes of it.

    Args:
        path: The file.
        data_root: Root of all data sets, see `set_data_root`; None leaves it as it is.
        options: Values by dotted key (`--cfg-options`); 'data_root' among them is `data_root`.

    Raises:
        ConfigError: There is no such file, or it cannot be parsed.
    """
    options = dict(options or {})
    try:
        config = Config.fromfile(path)
    except FileNotFoundError as error:
        if os.path.isfile(path):
            raise ConfigError(f'{path}: its base is missing ({error})') from error
        raise ConfigError(f'there is no config file {path}') from error
    except (OSError, SyntaxError, NameError, KeyError) as error:
        raise ConfigError(f'{path} is no config that can be read ({error})') from error
    option = options.pop('data_root', None)
    root = option if data_root is None else data_root
    if root is not None:
        if not _has_data_root(config):
            raise ConfigError(f'{path} has no data_root that could be {root}')
        set_data_root(config, str(root))
    config.merge_from_dict(options)  # last: a single data_root that they name stands
    return config


def set_data_root(config: Any, root: str) -> None:
    """Set every `data_root` of a config, in place and at any depth.

    Text in a config is copied where it is used: changing the top-level key alone changes nothing.
    A `data_root` further in that is a folder below the top-level one is that folder below `root`.

    Args:
        config: A `Config`, or any part of it.
        root: The root of all data sets.
    """
    old = config.get('data_root') if isinstance(config, Config | Mapping) else None
    _set_data_root(config, root, os.path.normpath(old) if old else None)


def _has_data_root(config: Config) -> bool:
    return any('data_root' in part for part in _mappings(config.to_dict()))


def _set_data_root(config: Any, root: str, old: str | None) -> None:
    if isinstance(config, Config | MutableMapping):
        if 'data_root' in config:
            config['data_root'] = _below(root, old, config['data_root'])
        for value in config.values():
            _set_data_root(value, root, old)
    elif isinstance(config, list | tuple):
        for value in config:
            _set_data_root(value, root, old)


def _below(root: str, old: str | None, folder: str | None) -> str:
    """Return `folder` with `root` in the place of `old`; `root` if it is elsewhere."""
    inside = os.path.normpath(folder) if folder else ''
    if old is not None and inside.startswith(old + os.sep):
        return os.path.join(root, inside[len(old) + 1 :])
    return root


def loaders(config: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (place, config) of every data loader: all passes of training, validation and test.

    A place is a dotted key, such as 'train_dataloader.mat_low'. A loader is a dict with a
    'dataset'; dicts and lists of loaders are looked into, and None is left out.
    """
    for key in LOADERS:
        if key in config:
            yield from _loaders(key, config[key])


def _loaders(place: str, value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        if 'dataset' in value:
            if value['dataset'] is not None:
                yield place, value
            return
        for key, inner in value.items():
            yield from _loaders(f'{place}.{key}', inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, inner in enumerate(value):
            yield from _loaders(f'{place}.{number}', inner)


def training_size(loader: Mapping[str, Any]) -> int | None:
    """Return the side of the square that the pipelines of a loader make; None if there is none."""
    sizes = [
        step['size']
        for part in _mappings(loader)
        for pipeline in [part.get('pipeline')]
        for step in (pipeline.values() if isinstance(pipeline, Mapping) else pipeline or ())
        if isinstance(step, Mapping) and step.get('type') == 'CropResize' and 'size' in step
    ]
    return max(sizes, default=None)


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for inner in value.values():
            yield from _mappings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _mappings(inner)
