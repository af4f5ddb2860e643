"""The files of an evaluation."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from rvm.errors import MediaError
from rvm.evaluation.report.page import report_page
from rvm.evaluation.report.sheets import write_csv, write_xlsx
from rvm.evaluation.results import Results
from rvm.io.atomic import atomic_write

RESULTS = 'results.json'
"""Written last: where it is, the other files are complete."""
FILES = ('results.csv', 'results.xlsx', 'report.html', RESULTS)
"""In the order in which they are written."""


def write_reports(results: Results, out_dir: str | os.PathLike) -> list[Path]:
    """Write results.csv, results.xlsx, report.html and, last, results.json.

    All four appear, each complete, or none: where one cannot be written, those before it are
    removed. The reports of an earlier evaluation are removed first.

    Args:
        results: What was found.
        out_dir: Folder; it is made where it is missing.

    Returns:
        The files, in the order in which they were written.

    Raises:
        MediaError: The folder is a file, or cannot be written to, or holds a file of one of these
            names that no evaluation has written.
    """
    folder = Path(out_dir)
    check_folder(folder)
    remove_reports(folder)
    writers = (
        partial(write_csv, results),
        partial(write_xlsx, results),
        lambda path: write_text(report_page(results), path),
        lambda path: write_text(json.dumps(results.to_dict(), indent=1) + '\n', path),
    )
    done: list[Path] = []
    with one_sentence(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, write in zip(FILES, writers, strict=True):
                write(folder / name)
                done.append(folder / name)
        except BaseException:
            for path in done:
                path.unlink(missing_ok=True)
            raise
    return done


def check_folder(out_dir: str | os.PathLike) -> None:
    """Refuse a folder that cannot hold reports, before the work; nothing is made yet.

    Args:
        out_dir: Folder; it need not exist.

    Raises:
        MediaError: It is a file, or below one, or cannot be written to.
    """
    folder = place = Path(out_dir)
    try:
        while not place.exists() and place != place.parent:
            place = place.parent
        fits = place.is_dir()
    except OSError as error:
        raise MediaError(f'{folder} cannot hold the reports ({error.strerror})') from error
    if not fits or not os.access(place, os.W_OK | os.X_OK):
        what = 'cannot be written to' if fits else 'is a file'
        raise MediaError(
            f'{folder} cannot hold the reports, {place} {what}; name another folder (--out)'
        )


def remove_reports(out_dir: str | os.PathLike) -> None:
    """Remove the files of an earlier evaluation: one that fails leaves nothing that looks like its.

    They are an evaluation's where its results.json stands beside them. That goes last, so that
    another process that does the same meanwhile still knows what the others are.

    Args:
        out_dir: Folder; it need not exist. Other files in it stay.

    Raises:
        MediaError: A file has one of these names, and no evaluation has written it; or it cannot
            be removed.
    """
    folder = Path(out_dir)
    with one_sentence(folder):
        is_ours = _is_results(folder / RESULTS)
        there = [name for name in FILES if os.path.lexists(folder / name)]
        if there and not is_ours:
            raise MediaError(
                f'{folder / there[0]} would be replaced, and no {RESULTS} of an evaluation says '
                'that it is a report; move it away, or name another folder (--out)'
            )
        for name in there:
            (folder / name).unlink(missing_ok=True)


def _is_results(path: Path) -> bool:
    """Return whether a file is a results.json of this library, of any version."""
    try:
        data = json.loads(path.read_text(encoding='utf-8'))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError):
        return False
    return isinstance(data, dict) and {'schema', 'name'} <= data.keys()


@contextmanager
def one_sentence(target: Path) -> Iterator[None]:
    """Say in one sentence that something cannot be written."""
    try:
        yield
    except OSError as error:
        raise MediaError(
            f'{target} cannot be written ({error.strerror or error}); '
            'free some space, or name a place that can be written to'
        ) from error


def write_text(text: str, path: str | os.PathLike) -> None:
    """Write a text as UTF-8, complete or not at all; names that are no text are made legible."""
    data = text.encode('utf-8', 'backslashreplace')
    atomic_write(path, lambda partial: partial.write_bytes(data))
