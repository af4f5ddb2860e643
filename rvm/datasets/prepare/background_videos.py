"""Video backgrounds: clips of the DVM background set, or any others, as folders of JPEG."""

from collections.abc import Sequence
from pathlib import Path

from rvm.datasets.prepare.clips import Clip, WriteFrames, all_jpeg, compare_clips, find_clips
from rvm.datasets.prepare.inputs import Tree, check_apart
from rvm.datasets.prepare.names import SPLITS, NameList, overlaps, split_names, split_settings, stem
from rvm.datasets.prepare.pictures import Encoding
from rvm.datasets.prepare.plan import PlaceFolder, Plan
from rvm.errors import DataError


def plan_background_videos(
    source: str | Path,
    out: str | Path,
    *,
    mode: str = 'link',
    frames: int = 100,
    train: NameList | None = None,
    valid: NameList | None = None,
    valid_every: int | None = None,
    test: Sequence[NameList] = (),
    test_source: str | Path | None = None,
    encoding: Encoding | None = None,
) -> Plan:
    """Plan `out/{train,valid}/<clip>/<frame>.jpg`; see `split_names` for which goes where.

    Args:
        source: Folder or archive with video files, and folders of images.
        out: Folder of the data set.
        mode: See `PlaceFile`; for clips that are JPEG already.
        frames: How many are taken of each, from its beginning.
        train: List of the training clips.
        valid: List of the validation clips.
        valid_every: Every how many clips one goes to valid.
        test: Lists of clips that training should not have: names in both are reported.
        test_source: Folder or archive of those clips: what has one name is compared.
        encoding: Of the JPEG that are written.
    """
    out, encoding, plan = Path(out), encoding or Encoding(), Plan(splits=SPLITS)
    if frames < 1:
        raise DataError(f'--frames is {frames}; give 1 or more')
    plan.settings = {'frames': frames, **encoding.settings()}
    plan.settings |= split_settings(train, valid, valid_every)
    check_apart(Path(source), out)
    pool = _clips(source, plan)
    test_pool = pool if test_source is None else _clips(test_source, plan)
    splits, faults = split_names(pool, train, valid, valid_every)
    plan.faults += faults

    def compare(split: str, name: str, other_split: str, other: str) -> str:
        first = pool.get(stem(name))
        second = (test_pool if other_split == 'test' else pool).get(stem(other))
        if other_split == 'test' and test_source is None:
            return 'contents not compared (no test clips given)'
        if first is None or second is None:
            return 'contents not compared (not there)'
        return 'equal: one clip' if first is second else f'contents {compare_clips(first, second)}'

    lists = {'train': train, 'valid': valid, 'test': list(test)}
    plan.notes += overlaps({split: given for split, given in lists.items() if given}, compare)
    short = 0
    for split, names in splits.items():
        for name in names:
            clip, target = pool[name], out / split / pool[name].name
            taken = clip.blobs[:frames]
            short += not clip.is_video and len(taken) < frames
            if not clip.is_video and all_jpeg(taken) and encoding.max_side is None:
                files = tuple((blob.file_name, blob) for blob in taken)
                plan.add(PlaceFolder(split, target, files, mode))
            else:
                plan.add(WriteFrames(split, target, clip, encoding, frames))
    if short:
        plan.notes.append(f'{short} folders hold fewer than {frames} frames; all are taken')
    return plan


def _clips(source: str | Path, plan: Plan) -> dict[str, Clip]:
    pool: dict[str, Clip] = {}
    for clip in find_clips(Tree(source).entries):
        name = stem(clip.name)
        if name in pool:
            plan.faults.append(
                f'{pool[name].place} and {clip.place} of {source} have one name; give the folder '
                'of one of them'
            )
        pool.setdefault(name, clip)
    if not pool:
        raise DataError(f'{source} holds neither video files nor folders of images')
    return pool
