"""The registries: children of mmengine's; its Runner finds ours and a config can name either.

Each child knows the modules that register into it (`locations`), and imports them when it is first
asked: neither `custom_imports` nor an import by hand is needed for what this library ships.

`WRITERS` has no parent in mmengine; it holds the output formats of `rvm.io`.
"""

from mmengine.registry import DATA_SAMPLERS as MMENGINE_DATA_SAMPLERS
from mmengine.registry import DATASETS as MMENGINE_DATASETS
from mmengine.registry import FUNCTIONS as MMENGINE_FUNCTIONS
from mmengine.registry import HOOKS as MMENGINE_HOOKS
from mmengine.registry import LOOPS as MMENGINE_LOOPS
from mmengine.registry import METRICS as MMENGINE_METRICS
from mmengine.registry import MODELS as MMENGINE_MODELS
from mmengine.registry import TRANSFORMS as MMENGINE_TRANSFORMS
from mmengine.registry import Registry

MODELS = Registry('model', parent=MMENGINE_MODELS, scope='rvm', locations=['rvm.models'])
DATASETS = Registry('dataset', parent=MMENGINE_DATASETS, scope='rvm', locations=['rvm.datasets'])
TRANSFORMS = Registry(
    'transform',
    parent=MMENGINE_TRANSFORMS,
    scope='rvm',
    locations=['rvm.datasets.transforms'],
)
DATA_SAMPLERS = Registry(
    'data sampler', parent=MMENGINE_DATA_SAMPLERS, scope='rvm', locations=['rvm.datasets']
)
FUNCTIONS = Registry('function', parent=MMENGINE_FUNCTIONS, scope='rvm', locations=['rvm.datasets'])
METRICS = Registry('metric', parent=MMENGINE_METRICS, scope='rvm', locations=['rvm.evaluation'])
LOOPS = Registry('loop', parent=MMENGINE_LOOPS, scope='rvm', locations=['rvm.engine'])
HOOKS = Registry('hook', parent=MMENGINE_HOOKS, scope='rvm', locations=['rvm.engine'])
WRITERS = Registry('writer', scope='rvm', locations=['rvm.io'])
