"""What can be said of an evaluation of folders before their clips are looked at."""

import os
from collections.abc import Sequence
from pathlib import Path

from rvm.errors import DataError
from rvm.evaluation.folders.set_listing import find_clips
from rvm.evaluation.scoring import check_measures, check_strips
from rvm.io.listing import folder_names
from rvm.worker_pool import WorkerPool


def check_request(
    pred: str | os.PathLike,
    true: str | os.PathLike,
    *,
    protocol: str = 'low',
    measures: Sequence[str] | None = None,
    workers: int = 0,
    strips: int = 0,
    out: str | os.PathLike | None = None,
) -> tuple[str, ...]:
    """Refuse what cannot be evaluated, so that nothing is touched for the sake of a slip.

    Args:
        pred: As for `evaluate_folders`, and so are the others.
        true: The truth.
        protocol: 'low' or 'high'.
        measures: Names in `MEASURES`; None for those of the published tables.
        workers: Processes.
        strips: Pictures a clip.
        out: Folder for the reports; None if there are none.

    Returns:
        The names of the measures.

    Raises:
        ConfigError: An unknown measure or protocol, or strips that are no number.
        DataError: A folder is not there, or holds no clips; or one lies in another where it would
            be taken for a part of the set.
        UserError: Workers that are no number.
    """
    pred, true = Path(pred), Path(true)
    names = check_measures(measures, protocol)
    check_strips(strips)
    WorkerPool(workers)
    find_clips(true)
    find_clips(pred)
    if true.resolve() in pred.resolve().parents:
        raise DataError(
            f'{pred} lies in the truth {true}, whose folders are all data sets of it; move the '
            'prediction out of it'
        )
    if out is not None:
        _check_out(Path(out), pred, true)
    return names


def _check_out(out: Path, pred: Path, true: Path) -> None:
    place = out.resolve()
    if place.is_relative_to(true.resolve()):
        raise DataError(
            f'{out} lies in the truth {true}, whose folders are all data sets of it; name another '
            'folder for the reports (--out)'
        )
    for name in folder_names(true):
        if place.is_relative_to(pred.resolve() / name):
            raise DataError(
                f'{out} lies in {pred / name}, a data set of the prediction; name another folder '
                'for the reports (--out)'
            )
