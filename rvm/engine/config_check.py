"""What a config may hold at its top level: mmengine passes over a misspelt key in silence."""

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

from mmengine.runner import Runner

from rvm.errors import ConfigError

OWN = {'data_root', 'custom_imports', 'model_wrapper_cfg', 'sync_bn', 'find_unused_parameters'}
KNOWN = {*inspect.signature(Runner.__init__).parameters} - {'self', 'cfg'} | OWN


def check_keys(config: Mapping[str, Any], name: str = 'the config') -> None:
    """Refuse keys at the top level that nothing reads.

    Args:
        config: After everything has been merged into it, `--cfg-options` too.
        name: For the message.

    Raises:
        ConfigError: Naming the key, and the one that may be meant.
    """
    for key in config:
        if key not in KNOWN:
            close = difflib.get_close_matches(key, KNOWN, 1)
            hint = f'; is {close[0]} meant?' if close else '; remove it'
            raise ConfigError(f'{name}: nothing reads the key {key!r}{hint}')
