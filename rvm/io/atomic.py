"""Atomic outputs: work is done beside the target and renamed over it only when it is complete."""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

MARK = '.partial-'


def partial_path(target: Path) -> Path:
    """Return a fresh path for the unfinished file: same folder, same suffix, hidden.

    The suffix stays, since media libraries choose the container from it. Leftovers of killed runs
    are recognised by `MARK` in their name.
    """
    return target.with_name(f'.{target.stem}{MARK}{secrets.token_hex(4)}{target.suffix}')


def remove(path: Path) -> None:
    """Delete a file or a folder tree; a path that does not exist is fine."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def commit(partial: Path, target: Path) -> None:
    """Put the complete `partial` (file or folder) in the place of `target`.

    A file replaces its predecessor in one step. A folder cannot: its predecessor is moved aside,
    the new one renamed into place, and only then is the old one deleted.
    """
    if partial.is_dir() and target.exists():
        old = partial_path(target)
        os.replace(target, old)
        try:
            os.replace(partial, target)
        except BaseException:
            os.replace(old, target)
            raise
        remove(old)
    else:
        os.replace(partial, target)


def flush(path: Path) -> None:
    """Bring a file, or every file of a folder, from the system's cache to the disk."""
    for file in [path] if path.is_file() else sorted(path.rglob('*')):
        if file.is_file():
            with open(file, 'rb+') as handle:
                os.fsync(handle.fileno())


@contextmanager
def atomic_output(target: str | os.PathLike) -> Iterator[Path]:
    """Yield a path to write to; it becomes `target` if the block succeeds, and vanishes if not.

    The parent folder is made. The file is flushed to the disk before the rename, so that a crash
    of the machine leaves either the old content or the new.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_path(target)
    try:
        yield partial
        flush(partial)
        commit(partial, target)
    except BaseException:
        remove(partial)
        raise


def atomic_write(target: str | os.PathLike, write: Callable[[Path], object]) -> None:
    """Call `write(path)` on a temporary path and rename the result to `target`."""
    with atomic_output(target) as partial:
        write(partial)
