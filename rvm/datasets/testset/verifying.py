"""Checks the files of a test set against its manifests."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from rvm.datasets.testset.manifest import MANIFEST, digest, read_manifest
from rvm.errors import DataError
from rvm.io import natural_key
from rvm.io.image_file import read_bytes
from rvm.io.listing import folder_names, name_some


@dataclass(frozen=True)
class Verdict:
    """What became of the files of one data set.

    Attributes:
        folder: The data set.
        checked: Files that the manifest names; None if there is no manifest.
        missing: Those that are not there.
        changed: Those whose content is another.
        surplus: Files that it does not name.
    """

    folder: Path
    checked: int | None
    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all is as it was written."""
        return self.checked is not None and not (self.missing or self.changed or self.surplus)

    def __str__(self) -> str:
        """Return one line: the counts, and the first ten names of each fault."""
        if self.checked is None:
            return f'{self.folder.name}: not checked, it has no {MANIFEST}'
        faults = {'missing': self.missing, 'changed': self.changed, 'surplus': self.surplus}
        some = {key: names for key, names in faults.items() if names}
        found = [f'{len(names)} {key} ({name_some(names)})' for key, names in some.items()]
        files = f'{self.checked} files in the manifest'
        return f'{self.folder.name}: {files}, {"; ".join(found) or "all as they were written"}'


def verify_testset(
    folder: str | Path, *, workers: int = 1, progress: bool = False
) -> list[Verdict]:
    """Compare a set, or one data set of it, with what was written.

    Hidden files and folders are not looked at.

    Args:
        folder: The set, whose folders are data sets, or one of these.
        workers: Threads.
        progress: Whether a progress bar is shown.

    Returns:
        A verdict a data set.

    Raises:
        DataError: There is no such folder, none of its folders has a manifest, or one is damaged.
        MediaError: A file cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f'{folder} is no folder; name a test set, or a data set of one')
    if (folder / MANIFEST).is_file():
        return [_verify(folder, workers, progress)]
    datasets = [folder / name for name in folder_names(folder)]
    if not any((path / MANIFEST).is_file() for path in datasets):
        raise DataError(
            f'neither {folder} nor a folder in it has a {MANIFEST}: no set that '
            'tools/make_testset.py made is there'
        )
    return [
        _verify(path, workers, progress) if (path / MANIFEST).is_file() else Verdict(path, None)
        for path in datasets
    ]


def _verify(folder: Path, workers: int, progress: bool) -> Verdict:
    files = read_manifest(folder)['files']
    present = {path.relative_to(folder).as_posix() for path in _files(folder)} - {MANIFEST}
    there = [name for name in files if name in present]
    hidden = None if progress else True  # None: where nobody looks on
    bar = tqdm(total=len(there), desc=folder.name, unit='file', disable=hidden, leave=False)
    changed = []
    with ThreadPoolExecutor(workers) as pool, bar:
        digests = pool.map(lambda name: digest(read_bytes(folder / name)), there)
        for name, found in zip(there, digests, strict=True):
            bar.update()
            if found != files[name]:
                changed.append(name)
    return Verdict(
        folder,
        len(files),
        tuple(name for name in files if name not in present),
        tuple(changed),
        tuple(sorted(present - files.keys(), key=natural_key)),
    )


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith('.'):
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path
