"""Still backgrounds: any collection of images."""

from collections.abc import Sequence
from pathlib import Path

from rvm.datasets.prepare.archives import Blob
from rvm.datasets.prepare.inputs import Tree, check_apart
from rvm.datasets.prepare.names import SPLITS, NameList, overlaps, split_names, split_settings, stem
from rvm.datasets.prepare.pictures import Encoding, PlaceStill, compare_pictures
from rvm.datasets.prepare.plan import Plan
from rvm.errors import DataError


def plan_backgrounds(
    sources: Sequence[str | Path],
    out: str | Path,
    *,
    mode: str = 'link',
    train: NameList | None = None,
    valid: NameList | None = None,
    valid_every: int | None = None,
    encoding: Encoding | None = None,
) -> Plan:
    """Plan `out/{train,valid}/<name>`; see `split_names` for which goes where.

    Args:
        sources: Folders or archives; images are taken from their subfolders, too.
        out: Folder of the data set.
        mode: See `PlaceFile`.
        train: List of the training images.
        valid: List of the validation images.
        valid_every: Every how many images one goes to valid.
        encoding: Its `max_side` reduces what is larger, and turns all that is no JPEG into one.
    """
    out, encoding, plan = Path(out), encoding or Encoding(), Plan(splits=SPLITS)
    plan.settings = split_settings(train, valid, valid_every)
    plan.settings |= encoding.settings() if encoding.max_side else {'max_side': None}
    pool: dict[str, Blob] = {}
    for source in sources:
        check_apart(Path(source), out)
        images = Tree(source).images()
        if not images:
            raise DataError(f'{source} holds no images')
        for parts, blob in images:
            name = stem(parts[-1])
            if name in pool:
                plan.faults.append(
                    f'{pool[name]} and {blob} have one name ({name}); rename one of them'
                )
            pool.setdefault(name, blob)
    splits, faults = split_names(pool, train, valid, valid_every)
    plan.faults += faults
    if train and valid:
        plan.notes += overlaps(
            {'train': train, 'valid': valid},
            lambda _, a, __, b: (
                compare_pictures(pool[stem(a)], pool[stem(b)]) if stem(a) in pool else 'not there'
            ),
        )
    for split, names in splits.items():
        for name in names:
            target = out / split / encoding.name_of(pool[name].file_name)
            plan.add(PlaceStill(split, target, pool[name], mode, encoding))
    return plan
