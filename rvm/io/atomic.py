"""Atomic outputs: work is done beside the target and renamed over it only when it is complete.

A process that is killed outright leaves its unfinished work behind. Its name says which process on
which machine made it, so that the next output to the same target can remove it.
"""

import logging
import os
import re
import secrets
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LOGGER = logging.getLogger(__name__)

MARK = '.partial-'
REPLACED_MARK = '.replaced-'
"""Of a folder that is moved aside while a new one takes its place."""


def partial_path(target: Path) -> Path:
    """Return a fresh path for the unfinished file: same folder, same suffix, hidden.

    The suffix stays, since media libraries choose the container from it.
    """
    return _sibling(target, MARK)


def remove_leftovers(target: Path) -> None:
    """Remove what killed runs on this machine left of their work on `target`.

    What belongs to a living process, or to another machine on a shared disk, stays. A run that was
    killed between moving an old folder aside and putting the new one in its place has left no
    target: the old folder comes back.
    """
    if not target.parent.is_dir():
        return
    marks = f'{re.escape(MARK)}|{re.escape(REPLACED_MARK)}'
    name = re.compile(
        rf'\.{re.escape(target.stem)}({marks}){_host()}-(\d+)-[0-9a-f]{{8}}{re.escape(target.suffix)}'
    )
    for path in sorted(target.parent.iterdir()):
        match = name.fullmatch(path.name)
        if match is None or _is_alive(int(match[2])):
            continue
        try:
            if match[1] == REPLACED_MARK and not os.path.lexists(target):
                os.replace(path, target)
            else:
                remove(path)
        except OSError as error:
            LOGGER.warning('%s, left by a killed run, cannot be removed (%s)', path, error.strerror)


def _sibling(target: Path, mark: str) -> Path:
    token = f'{_host()}-{os.getpid()}-{secrets.token_hex(4)}'
    return target.with_name(f'.{target.stem}{mark}{token}{target.suffix}')


def _host() -> str:
    """Return the name of this machine, as a part of file names: no separators, short."""
    return re.sub(r'[^A-Za-z0-9]', '_', socket.gethostname())[:32]


def _is_alive(process: int) -> bool:
    """Return whether a process of this machine runs; True where that cannot be asked."""
    if os.name != 'posix':  # elsewhere signal 0 is no question
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def remove(path: Path) -> None:
    """Delete a file or a folder tree; a path that does not exist is fine.

    An interrupt is raised when all is gone: what is left of a half removed tree is in the way.
    """
    try:
        _remove(path)
    except KeyboardInterrupt:
        _remove(path)
        raise


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def commit(partial: Path, target: Path) -> None:
    """Put the complete `partial` (file or folder) in the place of `target`.

    A file replaces its predecessor in one step. A folder cannot: its predecessor is moved aside,
    the new one renamed into place, and only then is the old one deleted.
    """
    if not (partial.is_dir() and target.exists()):
        os.replace(partial, target)
        return
    old = _sibling(target, REPLACED_MARK)
    try:
        os.replace(target, old)
        os.replace(partial, target)
    except BaseException:
        # An interrupt may come after either step has been done.
        if partial.exists() and old.exists():
            os.replace(old, target)
        else:
            remove(old)
        raise
    remove(old)


def flush(path: Path) -> None:
    """Bring a file, or every file of a folder, from the system's cache to the disk."""
    for file in [path] if path.is_file() else sorted(path.rglob('*')):
        if file.is_file():
            with open(file, 'rb+') as handle:
                os.fsync(handle.fileno())


@contextmanager
def folders_for(folder: str | os.PathLike) -> Iterator[None]:
    """Remove the folders of a path that the block made, where it fails and leaves them empty."""
    folder = Path(folder)
    made = [path for path in (folder, *folder.parents) if not os.path.lexists(path)]
    try:
        yield
    except BaseException:
        for path in made:  # the deepest comes first
            try:
                path.rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                break
        raise


@contextmanager
def atomic_output(target: str | os.PathLike) -> Iterator[Path]:
    """Yield a path to write to; it becomes `target` if the block succeeds, and vanishes if not.

    The parent folder is made, and what killed runs left of the same target is removed. The file is
    flushed to the disk before the rename, so that a crash of the machine leaves either the old
    content or the new.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(target)
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
