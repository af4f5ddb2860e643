"""Export the network's single-frame step, for deployment without this library.

python tools/export.py work_dirs/weights/rvm_mbv3.pth rvm_mbv3_hd.onnx --downsample-ratio 0.25
python tools/export.py work_dirs/weights/rvm_mbv3.pth rvm_mbv3.pt2

Inputs src [1, 3, H, W] in 0..1 and the states r1 .. r4, zeros of [1, C, h/2, w/2] .. [1, C, h/16,
w/16] (rounded up; h, w the size times the ratio, rounded down) at the start; height and width are
open. Outputs fgr, pha and the next states.
"""

import argparse

from rvm.cli import run_tool
from rvm.inference.export import save_step
from rvm.models import network_from_weights


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('weights', help='published .pth or .onnx, or ours')
    parser.add_argument('output', help='.pt2 (torch.export) or .onnx')
    parser.add_argument('--downsample-ratio', type=float, default=1.0, help='default 1')
    return parser.parse_args()


def main() -> None:
    """Export."""
    args = parse_args()
    save_step(network_from_weights(args.weights), args.output, args.downsample_ratio)
    print(f'wrote {args.output}')


if __name__ == '__main__':
    run_tool(main)
