"""Test a checkpoint on the test set of a config, and write a report.

W=work_dirs/weights/rvm_mbv3.pth
python tools/test.py configs/benchmarks/videomatte_512x288.py $W --data-root data
python tools/test.py configs/benchmarks/low_res.py $W --data-root FOLDER_OF_A_SET
python tools/test.py CONFIG $W --out results/ --save-predictions
bash tools/dist_test.sh CONFIG $W 4                     # four processes

Writes results.json, .csv, .xlsx and report.html. See docs/evaluation.md.
"""

import argparse
import os
import shlex
import sys
from pathlib import Path

os.environ.setdefault('OMP_WAIT_POLICY', 'passive')
# Read when torch is loaded: threads that wait for work by spinning take the cores of the workers.

from mmengine.config import DictAction
from mmengine.dist import is_main_process

from rvm.cli import run_tool
from rvm.datasets.config import load_config
from rvm.engine import launcher, remove_predictions
from rvm.engine.testing import check_testable, run_test
from rvm.evaluation.report import check_folder, remove_reports, terminal_table, write_reports
from rvm.models.weights_file import read_weights


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', metavar='CONFIG')
    parser.add_argument('checkpoint', metavar='CHECKPOINT', help='published .pth or .onnx, or ours')
    parser.add_argument('--out', type=Path, help='folder (default work_dirs/test/NAME_OF_CONFIG)')
    parser.add_argument(
        '--save-predictions', action='store_true', help='also as PNG, in OUT/predictions'
    )
    parser.add_argument('--data-root', help='root of all data sets, instead of that in the config')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE')
    parser.add_argument(
        '--launcher',
        choices=('none', 'pytorch'),
        default=launcher(),
        help='by default found out (torchrun)',
    )
    return parser.parse_args()


def main() -> None:
    """Test, report."""
    args = parse_args()
    config = load_config(args.config, args.data_root, args.cfg_options)
    out = args.out or Path('work_dirs', 'test', Path(args.config).stem)
    predictions = out / 'predictions'
    check_testable(config)
    read_weights(args.checkpoint)  # a mistyped path must not cost an earlier result
    if int(os.environ.get('RANK', 0)) == 0:  # the others wait for this one when they join
        prepare(out, predictions)
    results = run_test(
        config,
        args.checkpoint,
        out / 'logs',
        predictions if args.save_predictions else None,
        args.launcher,
    )
    if is_main_process():
        results.info['command'] = shlex.join(sys.argv)
        paths = write_reports(results, out)
        print(terminal_table(results))
        for path in paths:
            print(f'wrote {path}')


def prepare(out: Path, predictions: Path) -> None:
    """Clear the way: a run that fails leaves nothing that looks like its result."""
    check_folder(out)
    remove_predictions(predictions)
    remove_reports(out)


if __name__ == '__main__':
    run_tool(main)
