"""What is to be done, before any of it is: actions, each a piece of the output."""

import errno
import filecmp
import os
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rvm.datasets.prepare.archives import Blob
from rvm.errors import DataError
from rvm.io.atomic import commit, partial_path, remove

MODES = ('link', 'copy', 'symlink')
UNLINKABLE = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS, errno.EACCES)


class OutputError(DataError):
    """What stands where an output belongs is something else: no fault of the input."""


@dataclass(frozen=True)
class Action(ABC):
    """One output, a file or a folder, which appears complete or not at all.

    Attributes:
        label: What the summary counts it as, 'train/fgr' for example.
        target: The output.
    """

    label: str
    target: Path

    @abstractmethod
    def sources(self) -> tuple[Blob, ...]:
        """Return the files that are read."""

    @abstractmethod
    def done(self) -> bool:
        """Return whether the output is there; raise OutputError if something else is."""

    @abstractmethod
    def make(self) -> Counter:
        """Make the output; return how many files were 'linked', 'copied', 'unpacked', 'written'."""

    def check(self) -> None:  # noqa: B027 - files that stay as they are need none
        """Find the faults that `make` would find in the input, without writing.

        Raises:
            UserError: There is one.
        """

    def size(self) -> int:
        """Return the bytes to read."""
        return sum(blob.size for blob in self.sources())

    def targets(self) -> tuple[Path, ...]:
        """Return all outputs."""
        return (self.target,)


@dataclass
class Plan:
    """Actions, and what is to be said about the input.

    Attributes:
        actions: In any order; no two have one target.
        faults: A sentence for each thing that is wrong.
        notes: A sentence for each thing worth knowing.
        settings: Options that the contents of the outputs depend on; the output remembers them.
        splits: Folders of the output that share no name, unless this plan puts it into both.
        in_place: Whether the output is the input: it is looked at, and nothing is written.
    """

    actions: list[Action] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    settings: dict[str, object] = field(default_factory=dict)
    splits: tuple[str, ...] = ()
    in_place: bool = False

    def add(self, action: Action) -> None:
        """Add an action, unless a file that it needs is empty: that is a fault."""
        empty = [str(blob) for blob in action.sources() if blob.size == 0]
        self.faults += [f'{name} is empty (0 bytes)' for name in empty]
        if not empty:
            self.actions.append(action)

    def check_targets(self) -> None:
        """Make a fault of outputs that two actions would write, and keep the first."""
        first: dict[str, Action] = {}
        kept = []
        for action in self.actions:
            # Some file systems take names that differ in case for one.
            keys = [str(path).casefold() for path in action.targets()]
            other = next((first[key] for key in keys if key in first), None)
            if other is None:
                first.update(dict.fromkeys(keys, action))
                kept.append(action)
            else:
                places = f'{other.sources()[0]} and {action.sources()[0]}'
                self.faults.append(f'{places} would both become {action.target}; rename one')
        self.actions = kept


@dataclass(frozen=True)
class PlaceFile(Action):
    """A file as it is: linked, copied, or unpacked from its archive.

    Attributes:
        blob: The file.
        mode: 'link' (hard; copied where that is not possible), 'copy' or 'symlink'.
    """

    blob: Blob
    mode: str

    def sources(self) -> tuple[Blob, ...]:
        """Return the file."""
        return (self.blob,)

    def done(self) -> bool:
        """Return whether a file of the same size is there."""
        if not os.path.lexists(self.target):
            return False
        if not self.target.is_file() or self.target.stat().st_size != self.blob.size:
            raise OutputError(f'{self.target} is not what {self.blob} would become; {REMOVE_IT}')
        return True

    def make(self) -> Counter:
        """Place the file."""
        with unfinished(self.target) as partial:
            return Counter([place(self.blob, partial, self.mode)])


@dataclass(frozen=True)
class PlaceFolder(Action):
    """A folder of files as they are.

    Attributes:
        files: File name in the output, and the file.
        mode: See `PlaceFile`.
    """

    files: tuple[tuple[str, Blob], ...]
    mode: str

    def sources(self) -> tuple[Blob, ...]:
        """Return the files."""
        return tuple(blob for _, blob in self.files)

    def done(self) -> bool:
        """Return whether a folder of the same names and sizes is there."""
        if not os.path.lexists(self.target):
            return False
        wanted = {name: blob.size for name, blob in self.files}
        if not self.target.is_dir() or _sizes(self.target) != wanted:
            origin = self.files[0][1]
            raise OutputError(
                f'{self.target} does not hold the {len(wanted)} files that belong there (the first '
                f'is {origin}); {REMOVE_IT}'
            )
        return True

    def make(self) -> Counter:
        """Place the files."""
        done: Counter = Counter()
        with unfinished(self.target) as partial:
            partial.mkdir()
            for name, blob in sorted(self.files, key=lambda item: item[1].order):
                done[place(blob, partial / name, self.mode)] += 1
        return done


REMOVE_IT = 'remove it, or name another output'


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """Yield a path to write to; it becomes `target` if the block succeeds, and vanishes if not.

    As `atomic_output`, but for folders of 100,000 files: it neither looks for leftovers beside
    each (`execute` does so once) nor flushes what a comparison of sizes shows to be whole.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_path(target)
    try:
        yield partial
        commit(partial, target)
    except BaseException:
        remove(partial)
        raise


def place(blob: Blob, target: Path, mode: str) -> str:
    """Link, copy or unpack one file; return 'linked', 'copied' or 'unpacked'."""
    if blob.on_disk is None:
        target.write_bytes(blob.read())
        return 'unpacked'
    source = os.path.realpath(blob.on_disk)  # os.link would make a second link to a link
    if mode == 'symlink':
        os.symlink(source, target)
        return 'linked'
    if mode == 'link':
        try:
            os.link(source, target)
            return 'linked'
        except OSError as error:
            if error.errno not in UNLINKABLE:
                raise
    target.write_bytes(blob.read())
    return 'copied'


def same_contents(first: Blob, second: Blob) -> bool:
    """Return whether two files hold the same bytes."""
    if first.size != second.size:
        return False
    if first.on_disk is not None and second.on_disk is not None:
        return filecmp.cmp(first.on_disk, second.on_disk, shallow=False)
    return first.read() == second.read()


def _sizes(folder: Path) -> dict[str, int]:
    with os.scandir(folder) as items:
        return {item.name: item.stat().st_size for item in items if not item.name.startswith('.')}
