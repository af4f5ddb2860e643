"""COCO's kind of JSON annotation: reading it, and saying what is wrong with it."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rvm.errors import DataError
from rvm.io.listing import name_some


def read_annotations(file: Path, lists: Sequence[str], wanted: str) -> dict[str, Any]:
    """Return the contents of an annotation file.

    Args:
        file: The JSON file.
        lists: Keys that must be there, and hold lists that are not empty.
        wanted: What the file should be, for messages, such as 'the panoptic annotation of COCO'.

    Raises:
        DataError: The file cannot be read, is no JSON, or lacks a list.
    """
    try:
        content = json.loads(file.read_bytes())
    except OSError as error:
        raise DataError(f'{file} cannot be read ({error.strerror})') from error
    except ValueError as error:
        raise DataError(f'{file} is no JSON, or cut off ({error}); fetch it again') from error
    held = content if isinstance(content, dict) else {}
    lacking = [key for key in lists if not (isinstance(held.get(key), list) and held[key])]
    if lacking:
        raise DataError(
            f'{file} has no {" and no ".join(lacking)}, so it is not {wanted}; give that one'
        )
    return content


@contextmanager
def named_fields(file: Path, wanted: str) -> Iterator[None]:
    """Turn a missing field of an entry into one sentence."""
    try:
        yield
    except KeyError as error:
        raise DataError(
            f'{file}: an entry lacks {error}, so it is not {wanted}; give that one'
        ) from error


def category_ids(categories: Sequence[dict], wanted: Sequence[str | int], file: Path) -> list[int]:
    """Return the ids of categories, in the order of `wanted`.

    Args:
        categories: The annotation's entries with 'id' and 'name'.
        wanted: Names, because ids differ between releases; or ids.
        file: The annotation, for messages.

    Raises:
        DataError: A category is not there.
    """
    names = {entry['name']: entry['id'] for entry in categories}
    known = set(names.values())
    ids = [names.get(want) if isinstance(want, str) else want for want in wanted]
    absent = [repr(want) for want, number in zip(wanted, ids, strict=True) if number not in known]
    if absent:
        raise DataError(
            f'{file} has no category {", ".join(absent)}; it has {name_some(names, most=60)}'
        )
    return ids


def check_files(folder: Path, names: Sequence[str], there: set[str], file: Path) -> None:
    """Refuse an annotation that names what is not in the folder.

    Args:
        folder: Where it should be.
        names: What the annotation names.
        there: What the folder holds.
        file: The annotation, for messages.
    """
    absent = [name for name in names if name not in there]
    if absent:
        raise DataError(
            f'{folder} lacks {len(absent)} of {len(names)} that {file} names: {name_some(absent)}; '
            'take both from one release and split'
        )
