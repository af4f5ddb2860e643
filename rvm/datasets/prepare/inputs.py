"""What the user gave: a folder or an archive, as a list of files with their paths."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from rvm.datasets.prepare.archives import Blob, DiskFile, is_sequential, list_archive
from rvm.errors import DataError
from rvm.io import is_image, natural_key

IGNORED = frozenset(('__macosx', 'thumbs.db', 'desktop.ini'))
Entry = tuple[tuple[str, ...], Blob]
"""The parts of a path below the input, and the file."""


class Tree:
    """The files of one input, in natural order, hidden ones left out.

    Args:
        source: A folder, a zip or tar archive, or a folder inside one (`D646.zip/Train/FG`).
        sequential: Whether a compressed tar will do, which can only be read front to back.

    Attributes:
        entries: Parts of the path below `source`, and the file.
    """

    def __init__(self, source: str | Path, *, sequential: bool = True):
        self.source = Path(source)
        entries = _walk(self.source) if self.source.is_dir() else self._unpack(sequential)
        entries = [entry for entry in entries if not any(map(is_hidden, entry[0]))]
        if not entries:
            raise DataError(f'{source} holds no files; give the folder or archive that does')
        self.entries = sorted(entries, key=lambda entry: natural_key('/'.join(entry[0])))

    def images(self) -> list[Entry]:
        """Return the images by suffix."""
        return [entry for entry in self.entries if is_image(entry[0][-1])]

    def _unpack(self, sequential: bool) -> list[Entry]:
        archive = self.source
        while not archive.exists() and archive != archive.parent:
            archive = archive.parent
        if not archive.is_file():
            raise DataError(f'there is no file or folder {self.source}')
        holder = DiskFile(archive, archive.stat().st_size)
        entries = archive_entries(holder)
        if not sequential and is_sequential(holder):
            raise DataError(
                f'{archive} is compressed as a whole, and its files come in pairs that stand far '
                'apart; unpack it, and give the folder'
            )
        below = self.source.relative_to(archive).parts
        return [(parts[len(below) :], blob) for parts, blob in entries if _is_below(parts, below)]


def archive_entries(holder: Blob) -> list[Entry]:
    """Return the files of an archive with the parts of their paths."""
    members = list_archive(holder)
    if members is None:
        raise DataError(
            f'{holder} is no zip or tar archive that can be read here; unpack it, and give the '
            'folder'
        )
    return [
        (tuple(part for part in member.name.replace('\\', '/').split('/') if part != '.'), member)
        for member in members
    ]


def is_hidden(name: str) -> bool:
    """Return whether a file or folder is the system's own: .DS_Store, ._x, Thumbs.db, __MACOSX."""
    return name.startswith('.') or name.casefold() in IGNORED


def check_apart(source: Path, out: Path) -> None:
    """Raise DataError if `out` is the folder `source` or lies in it: inputs are never touched."""
    if source.is_dir() and out.resolve().is_relative_to(source.resolve()):
        raise DataError(f'{out} is inside the input {source}; name a folder elsewhere')


def is_in_place(sources: Sequence[str | Path], out: Path) -> bool:
    """Return whether `out` is the folder of one of the sources.

    Raises:
        DataError: It lies in one, below its top.
    """
    folders = [Path(source).resolve() for source in sources if Path(source).is_dir()]
    for folder in folders:
        if folder != out.resolve():
            check_apart(folder, out)
    return out.resolve() in folders


def _is_below(parts: tuple[str, ...], folder: tuple[str, ...]) -> bool:
    return len(parts) > len(folder) and parts[: len(folder)] == folder


def _walk(root: Path) -> Iterator[Entry]:
    """Yield the files below a folder; links are followed, but never in a circle."""
    waiting: list[tuple[Path, tuple[str, ...], frozenset[str]]] = [
        (root, (), frozenset((os.path.realpath(root),)))
    ]
    while waiting:
        folder, parts, above = waiting.pop()
        with os.scandir(folder) as found:
            for item in found:
                if is_hidden(item.name):
                    continue
                below = (*parts, item.name)
                if item.is_dir():
                    real = os.path.realpath(item.path)
                    if real not in above:
                        waiting.append((Path(item.path), below, above | {real}))
                elif item.is_file():
                    yield below, DiskFile(Path(item.path), item.stat().st_size)
                elif item.is_symlink():
                    raise DataError(f'{item.path} is a link that leads nowhere; mend or remove it')
