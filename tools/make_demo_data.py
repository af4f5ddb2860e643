"""Draw a small data set: all sources in the original layouts, with exact alpha.

python tools/make_demo_data.py data/demo
python tools/make_demo_data.py data/tiny --size tiny

Generated people over real and generated backgrounds; nothing is downloaded. The same seed gives the
same files. docs/demo_data.md shows them.
"""

import argparse
import os
from pathlib import Path

from rvm.cli import run_tool
from rvm.datasets.demo import DEFAULT, TINY, make_demo_data

SIZES = {'default': DEFAULT, 'tiny': TINY}


def main() -> None:
    """Draw it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('out', type=Path, help='folder, the data root of the configs')
    parser.add_argument('--seed', type=int, default=0, help='other people (default 0)')
    parser.add_argument('--size', choices=SIZES, default='default', help='tiny is for tests')
    parser.add_argument('--workers', type=int, default=os.cpu_count() or 1, help='processes')
    parser.add_argument('--force', action='store_true', help='replace demo data that is there')
    args = parser.parse_args()
    make_demo_data(
        args.out,
        seed=args.seed,
        size=SIZES[args.size],
        workers=args.workers,
        force=args.force,
        progress=True,
    )
    print(f'wrote {args.out}')


if __name__ == '__main__':
    run_tool(main)
