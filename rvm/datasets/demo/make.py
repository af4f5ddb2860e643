"""Making the whole demo data root: jobs for worker processes, put in place when all are done."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from rvm.datasets.demo import matting_sets, segmentation_sets
from rvm.datasets.demo.size import DEFAULT, DemoSize
from rvm.errors import DataError
from rvm.io.atomic import commit, partial_path, remove, remove_leftovers
from rvm.worker_pool import WorkerPool

RECORD = 'demo_data.json'
"""Names seed and size of the demo data; what has no such file is never replaced."""

Job = tuple[Callable[..., Any], tuple]


def make_demo_data(
    out: str | os.PathLike,
    *,
    seed: int = 0,
    size: DemoSize = DEFAULT,
    workers: int = 1,
    force: bool = False,
    progress: bool = False,
) -> None:
    """Write a data root with all seven sources and an evaluation set, in the original layouts.

    The same seed and size give the same bytes, with any number of workers. `out` appears when
    everything is written, or not at all.

    Args:
        out: The folder; it must not exist, or be empty.
        seed: From 0. Another seed, other people.
        size: How much, `DEFAULT` or `TINY`.
        workers: Processes; 1 works in this one.
        force: Whether demo data that is already there is replaced.
        progress: Whether a progress bar is shown.

    Raises:
        DataError: `out` holds something else.
    """
    out = Path(out)
    if seed < 0:
        raise DataError(f'seed={seed} is negative; give a whole number from 0')
    _check_target(out, force)
    jobs = _jobs(size)
    with _complete_or_not_at_all(out) as partial:
        results = _run(jobs, (partial, seed, size), workers, progress)
        done = [(make, result) for (make, _), result in zip(jobs, results, strict=True)]
        coco = [result for make, result in done if make is segmentation_sets.coco_image]
        videos = [result for make, result in done if make is segmentation_sets.vis_video]
        _write_json(
            partial / 'coco' / 'annotations' / 'panoptic_train2017.json',
            segmentation_sets.coco_annotations(coco),
        )
        _write_json(
            partial / 'YouTubeVIS' / 'train' / 'instances.json',
            segmentation_sets.vis_annotations(videos),
        )
        _write_json(partial / RECORD, {'seed': seed, 'size': asdict(size)})


@contextmanager
def _complete_or_not_at_all(out: Path) -> Iterator[Path]:
    """As `atomic_output`, without flushing thousands of files that can be made again."""
    out.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(out)
    partial = partial_path(out)
    try:
        yield partial
        commit(partial, out)
    except BaseException:
        remove(partial)
        raise


def _check_target(out: Path, force: bool) -> None:
    if out.exists() and not out.is_dir():
        raise DataError(f'{out} is a file; name a new folder for the demo data')
    if not out.is_dir() or not any(out.iterdir()):
        return
    if not (out / RECORD).is_file():
        raise DataError(f'{out} holds other files; name a new or an empty folder')
    if not force:
        raise DataError(f'{out} holds demo data already; use it, or replace it with --force')


def _jobs(size: DemoSize) -> list[Job]:
    """Return what is to be done, the longest first, so that no worker is left with it alone."""
    matting, segmentation = matting_sets, segmentation_sets
    jobs: list[Job] = []
    for split, count in zip(matting.SPLITS, size.clips, strict=True):
        jobs += [(matting.video_matte_clip, (split, number)) for number in range(count)]
    for make, counts in (
        (segmentation.vis_video, size.vis_videos),
        (matting.background_video, size.background_videos),
        (segmentation.coco_image, size.coco),
        (segmentation.supervisely_image, size.supervisely),
        (matting.image_matte, size.mattes),
        (matting.background, size.backgrounds),
    ):
        if isinstance(counts, int):
            jobs += [(make, (number,)) for number in range(counts)]
        else:
            for split, count in zip(matting.SPLITS, counts, strict=False):
                jobs += [(make, (split, number)) for number in range(count)]
    return jobs


def _run(jobs: list[Job], common: tuple, workers: int, progress: bool) -> list[Any]:
    """Return the results in the order of the jobs."""
    calls = ((make, *common, *args) for make, args in jobs)
    with WorkerPool(workers if workers > 1 else 0, preload=[__name__]) as pool:
        results = pool.run(_make, calls)
        return list(tqdm(results, total=len(jobs), unit='item', disable=not progress))


def _make(make: Callable[..., Any], *args: Any) -> Any:
    return make(*args)


def _write_json(path: Path, content: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding='utf-8')
