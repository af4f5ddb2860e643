"""What a check finds: faults, warnings, and what there is."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

FAULT, WARNING = 'fault', 'warning'


@dataclass(frozen=True)
class Fault:
    """Something that is wrong with one path, or may be.

    Attributes:
        kind: One word, such as 'missing'; docs/check_data.md lists them.
        path: The file or folder.
        text: One sentence that names it.
        severity: 'fault': training would stop, or learn from something wrong. 'warning': it is
            read, but perhaps not meant.
    """

    kind: str
    path: str
    text: str
    severity: str = FAULT


def fault(kind: str, path: str | Path, rest: str, severity: str = FAULT) -> Fault:
    """Return a fault whose sentence is the path and `rest`."""
    return Fault(kind, str(path), f'{path} {rest}', severity)


def warning(kind: str, path: str | Path, rest: str) -> Fault:
    """Return a warning whose sentence is the path and `rest`."""
    return fault(kind, path, rest, WARNING)


def from_error(kind: str, path: str | Path, error: Exception) -> Fault:
    """Return a fault whose sentence is that of an error, with the path if it does not name it."""
    text = ' '.join(str(error).split()) or type(error).__name__
    return Fault(kind, str(path), text if str(path) in text else f'{path}: {text}')


@dataclass
class Findings:
    """What one job found: a clip, or a still with its matte.

    Attributes:
        name: Of the clip in its source.
        path: Where its pictures are.
        faults: What is wrong.
        frames: Number of pictures; mattes are not counted.
        files: Number of files that were looked at.
        num_bytes: Their size.
        size: Height and width of most pictures, None if none could be read.
        digest: Of the contents of some frames: two clips with the same one are the same.
    """

    name: str
    path: str
    faults: list[Fault] = field(default_factory=list)
    frames: int = 0
    files: int = 0
    num_bytes: int = 0
    size: tuple[int, int] | None = None
    digest: str | None = None


def most_common(sizes: Iterable[tuple[int, int] | None]) -> tuple[int, int] | None:
    """Return the size, height and width, that most pictures have; None if none has one."""
    found = Counter(size for size in sizes if size is not None)
    return found.most_common(1)[0][0] if found else None


def show_size(size: tuple[int, int]) -> str:
    """Return height and width as people write them, width first."""
    return f'{size[1]}x{size[0]}'
