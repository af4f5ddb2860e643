"""The files of an evaluation."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
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

    Each appears complete or not at all. An older results.json is removed first, so that none stands
    beside files of another run.

    Args:
        results: What was found.
        out_dir: Folder; it is made where it is missing.

    Returns:
        The files, in the order in which they were written.

    Raises:
        MediaError: The folder is a file, or cannot be written to.
    """
    folder = Path(out_dir)
    if folder.exists() and not folder.is_dir():
        raise MediaError(f'{folder} is a file; name a folder for the reports')
    paths = [folder / name for name in FILES]
    with one_sentence(folder):
        folder.mkdir(parents=True, exist_ok=True)
        paths[-1].unlink(missing_ok=True)
        write_csv(results, paths[0])
        write_xlsx(results, paths[1])
        write_text(report_page(results), paths[2])
        write_text(json.dumps(results.to_dict(), indent=1) + '\n', paths[3])
    return paths


def remove_reports(out_dir: str | os.PathLike) -> None:
    """Remove the files of an earlier evaluation: one that fails leaves nothing that looks like its.

    Args:
        out_dir: Folder; it need not exist. Other files in it stay.

    Raises:
        MediaError: A file cannot be removed.
    """
    for name in reversed(FILES):
        with one_sentence(Path(out_dir)):
            Path(out_dir, name).unlink(missing_ok=True)


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
