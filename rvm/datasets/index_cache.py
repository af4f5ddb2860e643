"""What was once read of data sets, kept on disk as JSON between runs.

One file a folder or annotation, in `$RVM_CACHE_DIR`, else `$XDG_CACHE_HOME/rvm/index`, else
`~/.cache/rvm/index`. The cache only saves time: it may be deleted, and where it cannot be written
everything is read again at every start.
"""

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from rvm.errors import DataError
from rvm.io.atomic import commit, partial_path, remove

LOGGER = logging.getLogger(__name__)

FORMAT = 1
UNSETTLED_NS = 2_000_000_000
"""Disks count time in steps of up to 2 s: what changed later than that may change unnoticed."""


def cached(
    key_files: Sequence[str | Path], name: str, make: Callable[[], Any], *, version: int = 1
) -> Any:
    """Return what `make()` returns, from the cache where `key_files` are as they were.

    Args:
        key_files: The files that `make` reads; they are compared by size and times, not read.
        name: What this is, such as 'coco_panoptic'; a part of the cache file's name.
        make: Returns plain values that JSON can hold. They come back as JSON makes them, lists for
            tuples and strings for keys, also at the first time.
        version: Counts what `make` returns: another one than stored makes it again.

    Raises:
        DataError: A key file does not exist.
    """
    signatures = [_signature_of_file(Path(file)) for file in key_files]
    known = load_index(name, key_files, version)
    if known is not None and known['signatures'] == signatures:
        return known['value']
    value = json.loads(json.dumps(make()))
    store_index(name, key_files, version, {'signatures': signatures, 'value': value})
    return value


def load_index(name: str, paths: Sequence[str | Path], version: int) -> Any:
    """Return what `store_index` stored, or None."""
    try:
        file = _cache_file(name, paths)
        digest, _, text = file.read_text(encoding='utf-8').partition('\n')
    except FileNotFoundError:
        return None
    except (OSError, RuntimeError, UnicodeDecodeError) as error:
        LOGGER.warning('the index of %s cannot be read (%s); it is made again', paths[0], error)
        return None
    if digest != _digest(text):
        LOGGER.warning('%s is damaged; the index is made again', file)
        return None
    stored = json.loads(text)
    return stored['value'] if stored['key'] == _key(paths, version) else None


def store_index(name: str, paths: Sequence[str | Path], version: int, value: Any) -> None:
    """Keep `value`; a folder that cannot be written is said once."""
    text = json.dumps({'key': _key(paths, version), 'value': value}, separators=(',', ':'))
    try:
        file = _cache_file(name, paths)
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = partial_path(file)
        try:
            # Not flushed to the disk, which may take as long as reading: the checksum tells.
            partial.write_text(f'{_digest(text)}\n{text}', encoding='utf-8')
            commit(partial, file)
        except BaseException:
            remove(partial)
            raise
    except (OSError, RuntimeError) as error:
        _warn_unwritable(str(error))


def signature(stat: os.stat_result, *, is_folder: bool) -> list[int] | None:
    """Return what changes when a file, or the list of names in a folder, does.

    The time of the last change of the inode is part of it: it cannot be set, as unpacking sets the
    other one. None for a folder that has changed just now: it may change again within one step of
    the clock.
    """
    if is_folder:
        settled = time.time_ns() - stat.st_mtime_ns > UNSETTLED_NS
        return [stat.st_mtime_ns, stat.st_ctime_ns] if settled else None
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]


def cache_folder() -> Path:
    """Return the folder of the cache; RuntimeError where the user has no home."""
    if own := os.environ.get('RVM_CACHE_DIR'):
        return Path(own)
    base = os.environ.get('XDG_CACHE_HOME')
    return (Path(base) if base else Path.home() / '.cache') / 'rvm' / 'index'


def _cache_file(name: str, paths: Sequence[str | Path]) -> Path:
    digest = _digest(json.dumps(_key(paths, 0)))
    return cache_folder() / f'{Path(paths[0]).name[:40]}-{name}-{digest[:16]}.json'


def _key(paths: Sequence[str | Path], version: int) -> list:
    return [FORMAT, version, *(os.path.realpath(path) for path in paths)]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _signature_of_file(file: Path) -> list[int] | None:
    try:
        return signature(file.stat(), is_folder=False)
    except OSError as error:
        raise DataError(f'{file} cannot be read ({error.strerror})') from error


@lru_cache
def _warn_unwritable(reason: str) -> None:
    LOGGER.warning(
        'the index of the data cannot be kept (%s); set RVM_CACHE_DIR to a folder that can be '
        'written, or every start reads all folders again',
        reason,
    )
