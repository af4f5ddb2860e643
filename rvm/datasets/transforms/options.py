"""Options that several transforms take, checked where they are given."""

from collections.abc import Iterable

from rvm.errors import ConfigError

STREAM_NAMES = ('fgr', 'bgr', 'src')


def chance(owner: object, name: str, value: float) -> float:
    """Return a chance in 0..1, or say whose it is and what is wrong with it."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ConfigError(f'{type(owner).__name__}: {name} is a chance in 0..1, not {value!r}')
    return value


def stream_names(owner: object, name: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return names of streams, or say which one there is none of."""
    values = tuple(values)
    unknown = [value for value in values if value not in STREAM_NAMES]
    if unknown:
        raise ConfigError(
            f'{type(owner).__name__}: {name} names {", ".join(map(repr, unknown))}; streams are '
            f'{", ".join(STREAM_NAMES)}'
        )
    return values
