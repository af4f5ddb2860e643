"""Set several evaluations of one test set side by side.

python tools/compare.py work_dirs/eval_mbv3 work_dirs/eval_r50
python tools/compare.py mbv3=work_dirs/a/results.json r50=work_dirs/b --out comparison.html

RESULTS is a results.json, or the folder that holds one; it is called as its folder, or NAME in
NAME=RESULTS. Changes are in percent of the first. Runs over different clips, or in different
protocols, are refused. See docs/evaluation.md.
"""

import argparse
from pathlib import Path

from rvm.cli import run_tool
from rvm.errors import UserError
from rvm.evaluation.report import Comparison, comparison_table, load_runs, write_comparison


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('results', nargs='+', metavar='RESULTS')
    parser.add_argument('--out', type=Path, help='also write a page with curves, .html')
    return parser.parse_args()


def main() -> None:
    """Read, compare, print."""
    args = parse_args()
    if len(args.results) < 2:
        raise UserError(f'{args.results[0]} is the only run; name two or more to compare')
    if args.out is not None and args.out.suffix.lower() != '.html':
        raise UserError(f'--out {args.out}: the page is a .html')
    if args.out is not None and args.out.is_dir():
        raise UserError(f'--out {args.out} is a folder; name a file, .html')
    comparison = Comparison(load_runs(args.results))
    if args.out is not None:
        write_comparison(comparison, args.out)
    print(comparison_table(comparison), end='')


if __name__ == '__main__':
    run_tool(main)
