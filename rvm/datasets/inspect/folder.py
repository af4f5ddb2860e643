"""Listings that stop at nothing: what is in a folder, and everything that is odd about it."""

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rvm.datasets.inspect.fault import Fault, fault, warning
from rvm.datasets.record_dataset import LEAVE_OUT
from rvm.io import natural_key
from rvm.io.image_reader import IMAGE_SUFFIXES, VIDEO_SUFFIXES
from rvm.io.listing import JUNK, NUMBERED, name_some, pair_by_stem, stem

LITTER = frozenset({'thumbs.db', 'desktop.ini', 'ehthumbs.db'})
IMAGES, CLIPS = 'images', 'clips'


@dataclass
class Listing:
    """What is in a folder.

    Attributes:
        names: Images, or clips: folders and video files; in natural order.
        faults: What is wrong with the other entries, and with the names.
        found: Whether the folder could be read at all.
    """

    names: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    found: bool = True


def list_folder(folder: Path, wanted: str = IMAGES) -> Listing:
    """List a folder of images, or of clips.

    Args:
        folder: It need not exist.
        wanted: 'images' or 'clips'.
    """
    listing = Listing()
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                problem = _check_entry(entry, wanted)
                if problem is None:
                    listing.names.append(entry.name)
                else:
                    listing.faults.append(problem)
    except OSError as error:
        return Listing([], [_folder_fault(folder, error)], False)
    listing.names.sort(key=natural_key)
    listing.faults.sort(key=lambda found: natural_key(found.path))
    listing.faults += _collisions(folder, listing.names)
    return listing


def list_frames(folder: Path) -> Listing:
    """List the frames of a clip; an empty clip and gaps in its numbers are found, too."""
    listing = list_folder(folder)
    if listing.found and not listing.names:
        listing.faults.append(fault('no-frames', folder, 'holds no images: the clip is empty'))
    listing.faults += _gaps(folder, listing.names)
    return listing


def pair(
    folders: tuple[Path, Path], names: tuple[Sequence[str], Sequence[str]]
) -> tuple[list[tuple[str, str]], list[Fault]]:
    """Pair the names in two folders, but for their suffixes.

    Returns:
        The pairs, and a fault for every name that has no partner or is there twice.
    """
    pairs, _ = pair_by_stem(*names, ('', ''))
    faults = []
    for side in (0, 1):
        near = {_folded(name): name for name in reversed(names[1 - side])}
        stems = {stem(name) for name in names[1 - side]}
        paired = {names_of_pair[side] for names_of_pair in pairs}
        held = Counter(stem(name) for name in names[side])
        for name in names[side]:
            path = folders[side] / name
            if held[stem(name)] > 1:
                text = f'shares its name with another one in {folders[side]}; keep one of them'
                faults.append(fault('twice', path, text))
            elif name not in paired and stem(name) not in stems:
                other = near.get(_folded(name))
                hint = f'; {other} differs in case or in unicode form' if other else ''
                text = f'has no partner in {folders[1 - side]}{hint}'
                faults.append(fault('unpaired', path, text))
    return pairs, faults


def _check_entry(entry: os.DirEntry, wanted: str) -> Fault | None:
    """Return what is wrong with an entry, or that it is ignored; None if it is used."""
    name, suffix = entry.name, os.path.splitext(entry.name)[1].lower()
    if name in JUNK or name.startswith('.') or name.lower() in LITTER:
        return warning('hidden', entry.path, 'is hidden, or litter; it is ignored')
    if entry.is_symlink() and not os.path.exists(entry.path):
        target = os.readlink(entry.path)
        return fault('link', entry.path, f'is a link that leads nowhere, to {target}')
    media = VIDEO_SUFFIXES if wanted == CLIPS else IMAGE_SUFFIXES
    if entry.is_dir():
        if wanted == CLIPS and suffix not in VIDEO_SUFFIXES:
            return None
        if suffix in media:
            return fault('not-a-file', entry.path, 'is a folder where a file should be')
        return warning('ignored', entry.path, f'is a folder among {wanted}; it is ignored')
    if not entry.is_file():
        return fault('not-a-file', entry.path, 'is neither a file nor a folder')
    if suffix in media:
        return None
    if wanted == CLIPS and not suffix:
        return fault('not-a-folder', entry.path, 'is a file where the folder of a clip should be')
    return warning('ignored', entry.path, f'is none of the {wanted}; it is ignored')


def _folder_fault(folder: Path, error: OSError) -> Fault:
    if isinstance(error, FileNotFoundError):
        if folder.is_symlink():
            target = os.readlink(folder)
            return fault('link', folder, f'is a link that leads nowhere, to {target}')
        return fault('missing', folder, f'does not exist; {LEAVE_OUT}')
    if isinstance(error, NotADirectoryError):
        return fault('not-a-folder', folder, 'is a file where a folder should be')
    return fault('unreadable', folder, f'cannot be read ({error.strerror})')


def _folded(name: str) -> str:
    return unicodedata.normalize('NFC', stem(name)).casefold()


def _collisions(folder: Path, names: Iterable[str]) -> list[Fault]:
    """Return a warning for names that are one on file systems that ignore case or unicode form."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_folded(name), []).append(name)
    return [
        warning('collision', folder / group[1], f'differs from {group[0]} in case or form only')
        for group in groups.values()
        if len({stem(name) for name in group}) > 1
    ]


def _gaps(folder: Path, names: Sequence[str]) -> list[Fault]:
    """Return a warning if frame numbers that go up in even steps leave some out."""
    matches = [NUMBERED.fullmatch(name) for name in names]
    if len(names) < 3 or None in matches or len({match[1] for match in matches}) > 1:
        return []
    numbers = np.array([int(match[2]) for match in matches])
    steps = np.diff(numbers)
    usual = int(np.median(steps))
    places = np.flatnonzero(steps > usual)
    if not len(places):
        return []
    shown = [f'between {names[place]} and {names[place + 1]}' for place in places]
    return [warning('gap', folder, f'lacks frames {name_some(shown, most=3)}')]
