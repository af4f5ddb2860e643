"""YouTubeVIS, 2019 and 2021: frames of videos, and one JSON."""

import json
from collections.abc import Sequence
from pathlib import Path

from rvm.datasets.prepare.archives import Blob, DiskFile
from rvm.datasets.prepare.beside import keep_in_place
from rvm.datasets.prepare.inputs import Entry, Tree, is_in_place
from rvm.datasets.prepare.plan import PlaceFile, PlaceFolder, Plan
from rvm.errors import DataError

FRAMES = 'JPEGImages'
JSON_NAMES = ('instances.json', '{split}.json', 'instances_{split}_sub.json')
"""What the JSON is called: in 2021, in 2019, and in the part of 2019 that others made."""


def plan_youtubevis(
    sources: Sequence[str | Path], out: str | Path, *, mode: str = 'link', split: str = 'train'
) -> Plan:
    """Plan `out/<split>/{JPEGImages/<video>, instances.json}`.

    Every frame that the JSON names must be there.

    Args:
        sources: Folders or archives with `JPEGImages` and the JSON; or a JSON file by itself.
        out: Folder of the data set; it may be that of a source: then that is only checked.
        mode: See `PlaceFile`.
        split: Which one, where the input holds several.
    """
    out, plan = Path(out), Plan()
    in_place = is_in_place(sources, out)
    files = [Path(source) for source in sources]
    trees = [file for file in files if file.suffix.lower() != '.json']
    single = [file for file in files if file not in trees]
    entries = [entry for source in trees for entry in Tree(source).entries]
    for file in single:
        if not file.is_file():
            raise DataError(f'there is no file {file}')
        entries.append(((file.name,), DiskFile(file, file.stat().st_size)))
    annotations = _json(entries, single, split, sources)
    videos, dataset_year = _read(annotations)
    frames = _frames(entries, split)
    if not frames:
        raise DataError(f'{", ".join(map(str, sources))}: there is no folder {FRAMES} of {split}')
    plan.notes.append(f'{annotations}: {dataset_year}')
    used: set[str] = set()
    for video, names in videos.items():
        found = frames.get(video, {})
        missing = [name for name in names if name not in found]
        if missing:
            plan.faults.append(
                f'{FRAMES}/{video} lacks {len(missing)} of {len(names)} frames that '
                f'{annotations} names: {", ".join(missing)}'
            )
        if found:
            used.add(video)
            target = out / split / FRAMES / video
            plan.add(PlaceFolder(FRAMES, target, tuple(found.items()), mode))
    others = sorted(frames.keys() - used)
    if others:
        plan.notes.append(f'{len(others)} videos of {FRAMES} are not in the JSON, and left out')
    plan.add(PlaceFile('annotations', out / split / 'instances.json', annotations, mode))
    if in_place:
        keep_in_place(plan, out)
    return plan


def _json(
    entries: list[Entry], single: list[Path], split: str, sources: Sequence[str | Path]
) -> Blob:
    """Return the annotations: the file given by itself, or the one of the usual name."""
    if single:
        found = [blob for _, blob in entries if blob.on_disk in single]
    else:
        names = [name.format(split=split) for name in JSON_NAMES]
        found = [blob for parts, blob in entries if parts[-1] in names and _is_of(parts, split)]
    if len(found) != 1:
        what = 'none' if not found else ' and '.join(map(str, found))
        raise DataError(
            f'{", ".join(map(str, sources))}: the JSON of {split} should be one file, and there is '
            f'{what}; give its path as another input'
        )
    return found[0]


def _is_of(parts: tuple[str, ...], split: str) -> bool:
    """Return whether no folder above says that a file is of another split."""
    above = set(parts[:-1]) & {'train', 'valid', 'test'}
    return not above or split in above


def _frames(entries: list[Entry], split: str) -> dict[str, dict[str, Blob]]:
    found: dict[str, dict[str, Blob]] = {}
    for parts, blob in entries:
        if len(parts) > 2 and parts[-3] == FRAMES and _is_of(parts[:-2], split):
            found.setdefault(parts[-2], {})[parts[-1]] = blob
    return found


def _read(blob: Blob) -> tuple[dict[str, list[str]], str]:
    """Return video -> names of its frames, and a sentence on what release it is."""
    try:
        content = json.loads(blob.read())
        persons = [kind['id'] for kind in content['categories'] if kind['name'] == 'person']
        videos: dict[str, list[str]] = {}
        for video in content['videos']:
            for path in video['file_names']:
                folder, _, name = path.rpartition('/')
                videos.setdefault(folder, []).append(name)
        with_person = {
            annotation['video_id']
            for annotation in content['annotations'] or ()
            if annotation['category_id'] in persons
        }
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f'{blob} is no JSON of YouTubeVIS ({type(error).__name__}: {error}); fetch it again'
        ) from error
    if len(persons) != 1 or not with_person:
        raise DataError(f'{blob} has no annotated person; give the JSON of the training set')
    facts = f'person is category {persons[0]} of {len(content["categories"])}'
    return videos, f'{facts}, in {len(with_person)} of {len(videos)} videos'
