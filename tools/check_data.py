"""Find everything that is wrong with the data of some configs, before training.

python tools/check_data.py configs/rvm_mbv3_stage1.py --data-root data
python tools/check_data.py CONFIG CONFIG --quick --out report.json

Every file is decoded (--quick reads headers only). The report names every path with its fault; exit
status 0 without faults, 1 with faults, 2 where the check itself cannot run. See docs/check_data.md.
"""

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmengine.config import DictAction

from rvm.cli import run_tool
from rvm.datasets.config import load_config
from rvm.datasets.inspect import FAULT, WARNING, check_configs
from rvm.errors import UserError
from rvm.io.atomic import atomic_write, partial_path


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('configs', nargs='+', metavar='CONFIG')
    parser.add_argument('--data-root', help='root of all data sets, instead of that in the configs')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE')
    parser.add_argument('--workers', type=int, default=os.cpu_count(), help='processes')
    parser.add_argument('--quick', action='store_true', help='read headers only')
    parser.add_argument('--strict', action='store_true', help='warnings count as faults')
    parser.add_argument('--out', type=Path, help='also write the report, .txt or .json')
    return parser.parse_args()


def main() -> int:
    """Check, report."""
    args = parse_args()
    if args.out is not None and args.out.suffix.lower() not in ('.txt', '.json'):
        raise UserError(f'{args.out}: a report is .txt or .json')
    if args.workers < 1:
        raise UserError(f'--workers must be 1 or more, not {args.workers}')
    if args.out is not None:
        try_to_write(args.out)
    paths = list(dict.fromkeys(args.configs))
    names = [Path(path).stem for path in paths]
    if len(set(names)) < len(names):
        names = paths
    configs = {
        name: load_config(path, args.data_root, args.cfg_options)
        for name, path in zip(names, paths, strict=True)
    }
    report = check_configs(configs, workers=args.workers, quick=args.quick)
    text = report.to_text()
    print(text, end='')
    if args.out is not None:
        if args.out.suffix.lower() == '.json':
            text = json.dumps(report.to_dict(), indent=1, ensure_ascii=False) + '\n'
        with writing(args.out):
            atomic_write(args.out, lambda path: path.write_text(text, encoding='utf-8'))
    return int(report.count(FAULT) > 0 or (args.strict and report.count(WARNING) > 0))


def try_to_write(out: Path) -> None:
    """Refuse a report that cannot be written, before the hours that a check may take."""
    if out.is_dir():
        raise UserError(f'--out {out} is a folder; name a file, .txt or .json')
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        trial = partial_path(out)
        trial.touch()
        trial.unlink()


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Say in one sentence that the report cannot be written."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise UserError(
            f'--out {out} cannot be written ({reason}); name a file in a folder that can be'
        ) from error


if __name__ == '__main__':
    run_tool(main)
