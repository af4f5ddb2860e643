"""COCO with panoptic annotations: images, PNG of segments, and their JSON."""

import json
from collections.abc import Sequence
from pathlib import Path

from rvm.datasets.prepare.archives import Blob
from rvm.datasets.prepare.beside import keep_in_place
from rvm.datasets.prepare.inputs import Entry, Tree, archive_entries, is_in_place
from rvm.datasets.prepare.plan import PlaceFile, Plan
from rvm.errors import DataError

PERSON = 1


def plan_coco(
    sources: Sequence[str | Path], out: str | Path, *, mode: str = 'link', split: str = 'train2017'
) -> Plan:
    """Plan `out/{<split>, panoptic_<split>, annotations/panoptic_<split>.json}`.

    Every image and PNG that the JSON names must be there.

    Args:
        sources: Folders or archives that hold, wherever, `<split>/*.jpg`, `panoptic_<split>/*.png`
            and `panoptic_<split>.json`, or a zip of those in a folder or in a zip.
        out: Folder of the data set; it may be that of a source: then that is only checked.
        mode: See `PlaceFile`.
        split: train2017 or val2017.
    """
    out, plan, panoptic = Path(out), Plan(), f'panoptic_{split}'
    in_place = is_in_place(sources, out)
    entries = [entry for source in sources for entry in _unnest(Tree(source).entries, split)]
    images = _below(entries, split, '.jpg', plan)
    masks = _below(entries, panoptic, '.png', plan)
    jsons = [blob for parts, blob in entries if parts[-1] == f'{panoptic}.json']
    given = ', '.join(map(str, sources))
    for what, found in ((f'{split}/*.jpg', images), (f'{panoptic}/*.png', masks)):
        if not found:
            raise DataError(f'{given}: there is no {what}; give the archive or folder with it, too')
    if not jsons:
        other = [str(blob) for parts, blob in entries if parts[-1].startswith('instances_')]
        hint = f' ({other[0]} is of another kind: the panoptic one is needed)' if other else ''
        raise DataError(f'{given}: there is no {panoptic}.json{hint}')
    listed = _read(jsons[0])
    for what, folder, found, names in (
        ('image', split, images, {image['file_name'] for image in listed['images']}),
        ('PNG', panoptic, masks, {image['file_name'] for image in listed['annotations']}),
    ):
        missing = sorted(names - found.keys())
        plan.faults += [f'the {what} {folder}/{name} of {jsons[0]} is missing' for name in missing]
        plain = sorted(found.keys() - names)
        if plain:
            plan.notes.append(f'{len(plain)} files of {folder} are not in the JSON, and left out')
        for name in sorted(names & found.keys()):
            plan.add(PlaceFile(folder, out / folder / name, found[name], mode))
    plan.add(PlaceFile('annotations', out / 'annotations' / f'{panoptic}.json', jsons[0], mode))
    if in_place:
        keep_in_place(plan, out)
    return plan


def _unnest(entries: list[Entry], split: str) -> list[Entry]:
    """Return the entries with those of the zips in which COCO comes in their place."""
    archives = (f'{split}.zip', f'panoptic_{split}.zip', 'panoptic_annotations_trainval2017.zip')
    flat = []
    for parts, blob in entries:
        if parts[-1] in archives:
            flat += _unnest(archive_entries(blob), split)
        elif not any(part.startswith('.') or part == '__MACOSX' for part in parts):
            flat.append((parts, blob))
    return flat


def _below(entries: list[Entry], folder: str, suffix: str, plan: Plan) -> dict[str, Blob]:
    """Return the files of a folder by name; the same name twice is a fault."""
    found: dict[str, Blob] = {}
    for parts, blob in entries:
        if len(parts) > 1 and parts[-2] == folder and parts[-1].endswith(suffix):
            if parts[-1] in found:
                plan.faults.append(f'{found[parts[-1]]} and {blob} have one name; give only one')
            found.setdefault(parts[-1], blob)
    return found


def _read(blob: Blob) -> dict:
    """Return the annotations, which must be panoptic ones with persons."""
    try:
        content = json.loads(blob.read())
        segments = [annotation['segments_info'] for annotation in content['annotations']]
        persons = {kind['id'] for kind in content['categories'] if kind['name'] == 'person'}
        _ = [image['file_name'] for image in content['images'] + content['annotations']]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f'{blob} is no JSON of COCO panoptic annotations ({type(error).__name__}: {error}); '
            'fetch panoptic_annotations_trainval2017.zip'
        ) from error
    if persons != {PERSON}:
        raise DataError(f'{blob}: person is category {sorted(persons)}, where COCO has {PERSON}')
    if not any(segment['category_id'] == PERSON for info in segments for segment in info):
        raise DataError(f'{blob} holds no person; fetch panoptic_annotations_trainval2017.zip')
    return content
