"""What an output folder remembers of how it was made: runs with other options do not mix."""

import json
from pathlib import Path

from rvm.datasets.prepare.plan import Plan
from rvm.errors import DataError
from rvm.io.atomic import atomic_write

RECORD = '.rvm_prepared.json'


def check_record(out: Path, source: str, plan: Plan) -> None:
    """Raise DataError if `out` was made from another source, or with other options."""
    file = out / RECORD
    if out.exists() and not out.is_dir():
        raise DataError(f'{out} is a file; name a folder')
    if not file.is_file():
        return
    try:
        before = json.loads(file.read_text(encoding='utf-8'))
    except ValueError as error:
        raise DataError(f'{file} is damaged; remove {out} and start anew') from error
    now = _content(source, plan)
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            raise DataError(
                f'{out} was prepared with {key} = {before.get(key)}, and now it is {now.get(key)}; '
                'give the same, remove the folder, or name another'
            )


def write_record(out: Path, source: str, plan: Plan) -> None:
    """Write it, if it is not there; an output that is the input is left alone."""
    if plan.in_place:
        return
    text = json.dumps(_content(source, plan), indent=1, sort_keys=True) + '\n'
    if not (out / RECORD).is_file():
        atomic_write(out / RECORD, lambda path: path.write_text(text, encoding='utf-8'))


def _content(source: str, plan: Plan) -> dict:
    return {'source': source, **plan.settings}
