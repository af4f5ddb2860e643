"""Evaluate any model's predictions against a test set, and write a report.

python tools/evaluate.py --pred predictions/ --true videomatte_512x288/ --out results/
python tools/evaluate.py --pred P --true T --out O --protocol high --workers 8 --strips 3
python tools/evaluate.py --pred P --true T --out O --metrics pha_mad pha_mse

T holds <dataset>/<clip>/{pha,fgr,com}, P holds <dataset>/<clip>/{pha,fgr}: folders of images, or
videos such as pha.mp4. Every clip and frame of T must be in P; fgr and com need not exist. Writes
results.json, .csv, .xlsx and report.html. See docs/evaluation.md.
"""

import argparse
import os
from contextlib import ExitStack
from pathlib import Path

from tqdm import tqdm

from rvm.cli import run_tool
from rvm.evaluation import MEASURES
from rvm.evaluation.folders import check_request, evaluate_folders
from rvm.evaluation.report import check_folder, remove_reports, terminal_table, write_reports


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--pred', required=True, metavar='DIR', help='predictions')
    parser.add_argument('--true', required=True, metavar='DIR', help='test set')
    parser.add_argument(
        '--protocol',
        default='low',
        help='low (default): sets of about 512 pixels; high: larger ones, no Conn',
    )
    parser.add_argument(
        '--metrics', nargs='+', metavar='NAME', help=f'of {", ".join(MEASURES)} (default: 7 first)'
    )
    parser.add_argument(
        '--workers', type=int, default=os.cpu_count(), help='processes (default: one a core)'
    )
    parser.add_argument(
        '--strips', type=int, default=3, help="pictures of each clip's worst frames (default 3)"
    )
    parser.add_argument('--name', help='of the set in reports (default: that of its folder)')
    parser.add_argument(
        '--ignore-surplus',
        action='store_true',
        help='leave out predicted clips and frames that have no truth, and say so',
    )
    parser.add_argument(
        '--out',
        required=True,
        type=Path,
        metavar='DIR',
        help='the reports; those of an earlier run are removed first',
    )
    return parser.parse_args()


def main() -> None:
    """Evaluate, report."""
    args = parse_args()
    options = {
        'protocol': args.protocol,
        'measures': args.metrics,
        'workers': args.workers,
        'strips': args.strips,
    }
    check_folder(args.out)
    check_request(args.pred, args.true, **options, out=args.out)
    remove_reports(args.out)  # a run that fails leaves nothing that looks like its result
    with ExitStack() as stack:
        results = evaluate_folders(
            args.pred,
            args.true,
            **options,
            ignore_surplus=args.ignore_surplus,
            name=args.name,
            progress=updater(stack),
        )
    paths = write_reports(results, args.out)
    print(terminal_table(results))
    for path in paths:
        print(f'wrote {path}')


def updater(stack: ExitStack):
    """Return a progress function that moves a bar; it comes when the folders have been checked."""
    bar = None

    def update(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = stack.enter_context(tqdm(total=total, unit='frame', dynamic_ncols=True))
        bar.update(done - bar.n)

    return update


if __name__ == '__main__':
    run_tool(main)
