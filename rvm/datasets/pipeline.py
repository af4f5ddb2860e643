"""The steps of a pipeline, by name in the config, in their order."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rvm.errors import ConfigError
from rvm.registry import TRANSFORMS

ORDER = (
    'frames',
    'fit',
    'motion',
    'pose',
    'crop',
    'flip',
    'grain',
    'color',
    'greyscale',
    'sharpness',
    'blur',
    'pause',
    'pack',
)
"""Of the steps of a pipeline, by name (SPEC section 4)."""


def build_transforms(
    owner: str, pipeline: Mapping[str, Any] | Sequence, order: Sequence[str] | None
) -> list[Callable[[dict], dict]]:
    """Return the transforms of a pipeline, built, in the order in which they run.

    Args:
        owner: Whose pipeline it is, for messages.
        pipeline: Configs (or transforms) by name, None for what is left out; or a list.
        order: Names in order, if they are not all in `ORDER`.

    Raises:
        ConfigError: A name has no place, there is no end ('pack'), or a list comes with an order.
    """
    if isinstance(pipeline, Mapping):
        pipeline = _in_order(owner, pipeline, order)
    elif order is not None:
        raise ConfigError(f'{owner}: a list of steps has its order; leave out order=[...]')
    return [TRANSFORMS.build(step) if isinstance(step, Mapping) else step for step in pipeline]


def _in_order(owner: str, pipeline: Mapping, order: Sequence[str] | None) -> list:
    unplaced = [step for step in pipeline if step not in (order or ORDER)]
    if unplaced:
        raise ConfigError(
            f'{owner}: the place of {", ".join(unplaced)} in the pipeline is not known; give '
            f'order=[...] with all names, as in {list(order or ORDER)}'
        )
    if pipeline.get('pack') is None:
        raise ConfigError(
            f"{owner}: the pipeline has no 'pack' (PackMatting, PackSegmentation): it would give "
            'plans, not pictures'
        )
    return [pipeline[step] for step in order or ORDER if pipeline.get(step) is not None]
