"""ImageMatte: the humans of Distinctions-646 and of Adobe's data set, merged by name lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rvm.datasets.prepare.archives import Blob
from rvm.datasets.prepare.inputs import Entry, Tree, check_apart
from rvm.datasets.prepare.names import SPLITS, NameList, overlaps, split_names, split_settings, stem
from rvm.datasets.prepare.pictures import PlacePair, compare_pictures
from rvm.datasets.prepare.plan import Plan, same_contents
from rvm.errors import DataError


@dataclass(frozen=True)
class Pair:
    """A foreground and its alpha, and which data set they are of."""

    dataset: str
    fgr: Blob
    pha: Blob | None


def plan_imagematte(
    folders: Mapping[str, Sequence[tuple[str | Path, str | Path]]],
    out: str | Path,
    *,
    mode: str = 'link',
    train: NameList | None = None,
    valid: NameList | None = None,
    test: Sequence[NameList] = (),
    test_folders: Sequence[str | Path] = (),
) -> Plan:
    """Plan `out/{train,valid}/{fgr,pha}/<name>`.

    A foreground and its alpha belong together by name without suffix. Both are written as they are,
    each with its own suffix: `fgr/x.jpg`, `pha/x.png`. Names of the lists are matched in the same
    way; where two files differ in the suffix alone, a list that gives the full name decides.

    Args:
        folders: Data set -> folders (or archives) of foregrounds and of their alphas.
        out: Folder of the data set.
        mode: See `PlaceFile`.
        train: List of the training images.
        valid: List of the validation images.
        test: Lists of images that training should not have: names in both are reported.
        test_folders: Foregrounds of those: what has one name is compared.
    """
    out, plan = Path(out), Plan(settings=split_settings(train, valid), splits=SPLITS)
    pool: dict[str, list[Pair]] = {}
    for dataset, given in folders.items():
        for fgr, pha in given:
            for source in (fgr, pha):
                check_apart(Path(source), out)
            for name, pair in _pairs(dataset, fgr, pha, plan).items():
                pool.setdefault(name, []).append(pair)
    if not pool:
        raise DataError('there is no folder of foregrounds; give --d646 or --aim FGR ALPHA')
    test_pool: dict[str, list[Blob]] = {
        name: [p.fgr for p in found] for name, found in pool.items()
    }
    for folder in test_folders:
        for name, blobs in _by_stem(_images(folder)).items():
            test_pool.setdefault(name, []).extend(blobs)
    splits, faults = split_names(pool, train, valid)
    plan.faults += faults

    def compare(split: str, name: str, other_split: str, other: str) -> str:
        ours = _named(name, [pair.fgr for pair in pool.get(stem(name), ())])
        theirs = _named(other, test_pool.get(stem(other), []))
        if other_split == 'test':  # the file that training takes is no evidence
            theirs = [blob for blob in theirs if blob not in ours] or theirs
        if not ours or not theirs:
            return 'contents not compared (not there)'
        return f'contents {compare_pictures(ours[0], theirs[0])}'

    lists = {'train': train, 'valid': valid, 'test': list(test)}
    plan.notes += overlaps({split: given for split, given in lists.items() if given}, compare)
    listed = {'train': train, 'valid': valid}
    for split, names in splits.items():
        exact = (
            dict(zip(listed[split].stems, listed[split].names, strict=True))
            if listed[split]
            else {}
        )
        for name in names:
            pair = _choose(exact.get(name, name), pool[name], plan)
            if pair is not None:
                fgr, pha = (
                    out / split / stream / f'{name}{Path(blob.file_name).suffix}'
                    for stream, blob in (('fgr', pair.fgr), ('pha', pair.pha))
                )
                plan.add(PlacePair(split, fgr, pair.fgr, pair.pha, pha, mode))
    return plan


def _images(source: str | Path) -> list[Entry]:
    images = Tree(source, sequential=False).images()
    if not images:
        raise DataError(f'{source} holds no images')
    return images


def _by_stem(entries: list[Entry]) -> dict[str, list[Blob]]:
    found: dict[str, list[Blob]] = {}
    for parts, blob in entries:
        found.setdefault(stem(parts[-1]), []).append(blob)
    return found


def _pairs(dataset: str, fgr: str | Path, pha: str | Path, plan: Plan) -> dict[str, Pair]:
    """Return the foregrounds of a folder with their alphas, by name without suffix."""
    alphas = _by_stem(_images(pha))
    pairs = {}
    for name, (blob, *others) in _by_stem(_images(fgr)).items():
        for found in ([blob, *others], alphas.get(name, [])):
            if len(found) > 1:
                plan.faults.append(
                    f'{" and ".join(map(str, found))} have one name without suffix ({name}); '
                    'remove one'
                )
        pairs[name] = Pair(dataset, blob, alphas.get(name, [None])[0])
    return pairs


def _named(name: str, blobs: list[Blob]) -> list[Blob]:
    """Return the files that have exactly this name, or all if none has."""
    return [blob for blob in blobs if blob.file_name == name] or blobs


def _choose(name: str, pairs: list[Pair], plan: Plan) -> Pair | None:
    """Return the pair that a listed name means; what is wrong with it becomes a fault."""
    exact = _named(name, [pair.fgr for pair in pairs])
    pairs = [pair for pair in pairs if pair.fgr in exact]
    whole = [pair for pair in pairs if pair.pha is not None]
    if not whole:
        plan.faults.append(f'{pairs[0].fgr} ({pairs[0].dataset}) has no alpha of its name')
        return None
    first = whole[0]
    for other in whole[1:]:
        places = f'{first.fgr} ({first.dataset}) and {other.fgr} ({other.dataset})'
        if not (same_contents(first.fgr, other.fgr) and same_contents(first.pha, other.pha)):
            plan.faults.append(
                f'{places} have one name but not the same contents; rename one, with its alpha '
                'and in the lists'
            )
            return None
        plan.notes.append(f'{places} are equal; the first is taken')
    return first
