"""Convert weights: published (.pth, .onnx) to ours, or ours to the published .pth layout.

python tools/convert_weights.py rvm_mobilenetv3.pth work_dirs/weights/rvm_mbv3.pth
python tools/convert_weights.py work_dirs/weights/rvm_mbv3.pth for_the_original.pth --to published
"""

import argparse

from rvm.cli import run_tool
from rvm.models.weights_file import read_weights, save_weights


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('input', help='published .pth or .onnx, or ours')
    parser.add_argument('output', help='.pth')
    parser.add_argument('--to', default='ours', choices=('ours', 'published'), help='layout')
    return parser.parse_args()


def main() -> None:
    """Convert."""
    args = parse_args()
    weights = read_weights(args.input)
    save_weights(weights, args.output, args.to)
    lacking = f', without {" and ".join(weights.absent)}' if weights.absent else ''
    print(f'{args.input} ({weights.kind}): {len(weights.state)} tensors{lacking}')
    print(f'wrote {args.output} in the layout {args.to!r}')


if __name__ == '__main__':
    run_tool(main)
