"""The registries: children of mmengine's; its Runner finds ours and a config can name either.

Each child knows the modules that register into it (`locations`), and imports them when it is first
asked: neither `custom_imports` nor an import by hand is needed for what this library ships.

`WRITERS` has no parent in mmengine; it holds the output formats of `rvm.io`.
"""

from mmengine.registry import MODELS as MMENGINE_MODELS
from mmengine.registry import Registry

MODELS = Registry('model', parent=MMENGINE_MODELS, scope='rvm', locations=['rvm.models'])
WRITERS = Registry('writer', scope='rvm', locations=['rvm.io'])
