"""Which outputs of a folder job are there in part only: remembered beside them, for a rerun.

Only decoding finds some damage, so that a rerun, which skips what is there, could not see it.
"""

import json
from pathlib import Path

from rvm.errors import MediaError
from rvm.io.atomic import atomic_write, remove

RECORD = '.rvm_damaged.json'
UNFINISHED = 'unfinished'
"""Stands for the damage of an output that is still being made."""


def read_damage(target: Path) -> str | None:
    """Return where the source of an output was damaged, or None for a whole one.

    Args:
        target: The output, a file or folder; the record is beside it.

    Raises:
        MediaError: The record is damaged itself.
    """
    return _load(target.parent / RECORD).get(target.name)


def remember_damage(target: Path, damage: str | None) -> None:
    """Record the damage of an output, or with None that it is whole.

    Raises:
        MediaError: The record cannot be written, or is damaged itself.
    """
    record = target.parent / RECORD
    known = _load(record)
    if known.get(target.name) == damage:
        return
    known = {name: value for name, value in {**known, target.name: damage}.items() if value}
    text = json.dumps(known, indent=1)
    try:
        if not known:
            remove(record)
        else:
            atomic_write(record, lambda partial: partial.write_text(text, encoding='utf-8'))
    except OSError as error:
        raise MediaError(f'cannot write {record}: {error.strerror}') from error


def _load(record: Path) -> dict[str, str]:
    if not record.is_file():
        return {}
    try:
        known = json.loads(record.read_text(encoding='utf-8'))
    except ValueError as error:
        raise MediaError(f'{record} is damaged ({error}); delete it') from error
    if not isinstance(known, dict):
        raise MediaError(f'{record} holds no list of damaged outputs; delete it')
    return known
