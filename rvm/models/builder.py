"""From a config to a network."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

import rvm
from rvm.errors import ConfigError
from rvm.models.matting_network import MattingNetwork
from rvm.registry import MODELS


def build_network(config: str | os.PathLike | Mapping[str, Any]) -> MattingNetwork:
    """Build the network of a config.

    Args:
        config: Path of a config file, a loaded `Config`, or a plain dict. Its `model` is the
            network itself, or a model shell with the network under `network`; a dict that has a
            `backbone` is taken as the network's own config.

    Returns:
        The network with the initial weights that the config asks for, in train mode.

    Raises:
        ConfigError: There is no such file, no network in it, or a part with an unknown type or
            argument.
    """
    name = os.fspath(config) if isinstance(config, str | os.PathLike) else 'the network config'
    try:
        return MODELS.build(network_config(config))
    except KeyError as error:  # an unknown `type`; mmengine's own sentence names the registry
        reason = str(error.args[0]).split('. Please check')[0]
        raise ConfigError(
            f'{name}: {reason}; correct the type, or name its module in custom_imports'
        ) from error
    except TypeError as error:
        if not re.search(r'unexpected keyword|missing \d+ required', str(error)):
            raise
        raise ConfigError(f'{name}: {error}') from error


def base_config_path(name: str) -> str:
    """Return the path of a model config that ships with the library, by its file name."""
    package = Path(rvm.__file__).parent
    for root in (package.parent / 'configs', package / 'configs'):
        path = root / '_base_' / 'models' / name
        if path.is_file():
            return str(path)
    raise ConfigError(f'configs/_base_/models/{name} is not beside the installed package')


def network_config(config: str | os.PathLike | Mapping[str, Any]) -> dict[str, Any]:
    """Return the network's part of a config as plain values (see `build_network`)."""
    name = 'the config'
    if isinstance(config, str | os.PathLike):
        name = os.fspath(config)
        if not Path(name).is_file():
            raise ConfigError(f'there is no config file {name}')
        try:
            config = Config.fromfile(name)
        except (OSError, SyntaxError, ValueError, KeyError, ImportError, NameError) as error:
            raise ConfigError(f'{name}: cannot be read as a config: {error}') from error
    if isinstance(config, Config):
        config = config.to_dict()
    found = config.get('model', config)
    found = found.get('network', found)
    if 'backbone' not in found:
        raise ConfigError(f'{name}: neither model nor model.network has a backbone')
    found = {'type': 'MattingNetwork', **found}
    if not isinstance(found['type'], str):
        found['type'] = found['type'].__name__
    return found
