"""Names of files and folders: what is in a folder, in natural order, and what belongs together."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from rvm.errors import DataError
from rvm.io.image_reader import IMAGE_SUFFIXES, VIDEO_SUFFIXES, natural_key

JUNK = frozenset({'__MACOSX', '@eaDir'})
"""Folders of unpackers and of network disks."""
NUMBERED = re.compile(r'(.*?)(\d+)(\D*)', re.DOTALL)


def image_names(folder: str | Path) -> list[str]:
    """Return the file names of the images in a folder, in natural order; hidden ones are left out.

    Raises:
        DataError: The folder does not exist, cannot be read, or holds links to nowhere.
    """
    try:
        with os.scandir(folder) as listing:
            entries = [
                entry
                for entry in listing
                if entry.name[0] != '.'
                and os.path.splitext(entry.name)[1].lower() in IMAGE_SUFFIXES
            ]
            names = [entry.name for entry in entries if entry.is_file()]
            if len(names) < len(entries):
                _refuse_dead_links(folder, entries)
    except OSError as error:
        raise DataError(f'{folder} cannot be read ({error.strerror})') from error
    names.sort()
    # Counted up with leading zeros, which is usual, they are in natural order, too: quicker to see.
    return names if isinstance(pack_names(names), dict) else sorted(names, key=natural_key)


def folder_names(folder: str | Path) -> list[str]:
    """Return the names of the folders in a folder, in natural order, without hidden ones and junk.

    Raises:
        DataError: The folder does not exist, cannot be read, or holds links to nowhere.
    """
    try:
        with os.scandir(folder) as listing:
            entries = [entry for entry in listing if not entry.name.startswith('.')]
            names = [entry.name for entry in entries if entry.is_dir()]
            _refuse_dead_links(folder, entries)
    except OSError as error:
        raise DataError(f'{folder} cannot be read ({error.strerror})') from error
    return sorted((name for name in names if name not in JUNK), key=natural_key)


def _refuse_dead_links(folder: str | Path, entries: Iterable[os.DirEntry]) -> None:
    """Refuse links to what is not there (a disk that is not mounted): they would go unnoticed."""
    dead = [entry.name for entry in entries if entry.is_symlink() and not os.path.exists(entry)]
    if dead:
        raise DataError(
            f'{folder} holds {len(dead)} links to what does not exist: {name_some(sorted(dead))}; '
            'mount the disk that they point to, or remove them'
        )


def stem(name: str) -> str:
    """Return a file name without its suffix, if that is one of an image or a video."""
    head, suffix = os.path.splitext(name)
    return head if suffix.lower() in IMAGE_SUFFIXES | VIDEO_SUFFIXES else name


def by_stem(names: Iterable[str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return names by stem, the first of each, and the pairs that share one (first and other)."""
    first: dict[str, str] = {}
    twins = []
    for name in names:
        other = first.setdefault(stem(name), name)
        if other != name:
            twins.append((other, name))
    return first, twins


def pair_by_stem(
    first: Sequence[str], second: Sequence[str], folders: tuple[str, str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """Pair files of two folders whose names differ in nothing but the suffix.

    Args:
        first: Names in the first folder.
        second: Names in the second folder.
        folders: What the folders are called in messages.

    Returns:
        The pairs, in the order of `first`, and a sentence for every file that has no partner or
        shares its name with another one of its folder.
    """
    places, faults = [], []
    for names, folder in zip((first, second), folders, strict=True):
        place, twins = by_stem(names)
        faults += [f'{folder} holds both {one} and {other}' for one, other in twins]
        places.append(place)
    for one, two, here, there in ((*places, *folders), (*places[::-1], *folders[::-1])):
        missing = [name for key, name in one.items() if key not in two]
        faults += [f'{os.path.join(here, name)} has no partner in {there}' for name in missing]
    return [(name, places[1][key]) for key, name in places[0].items() if key in places[1]], faults


def name_some(names: Iterable[str], separator: str = ', ', most: int = 10) -> str:
    """Return the first names, and how many more there are, for messages."""
    names = list(names)
    more = f' and {len(names) - most} more' if len(names) > most else ''
    return separator.join(names[:most]) + more


def pack_names(names: list[str]) -> dict | list[str]:
    """Return names that only count up as one dict, others as they are."""
    match = NUMBERED.fullmatch(names[0]) if names else None
    if match is None:
        return names
    before, digits, after = match.groups()
    packed = {
        'before': before,
        'digits': len(digits),
        'first': int(digits),
        'count': len(names),
        'after': after,
    }
    return packed if unpack_names(packed) == names else names


def unpack_names(packed: dict | list[str]) -> list[str]:
    """Return what `pack_names` was given."""
    if isinstance(packed, list):
        return packed
    before, after, digits, first = (packed[key] for key in ('before', 'after', 'digits', 'first'))
    return [f'{before}{n:0{digits}}{after}' for n in range(first, first + packed['count'])]
