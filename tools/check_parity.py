"""Compare our network with the published ONNX file, frame by frame on a real video.

python tools/check_parity.py work_dirs/weights/rvm_mobilenetv3_fp32.onnx clip.mp4

Both run with their own states over the first frames at several ratios; printed is the largest
absolute difference of each output. Exit status 1 if one exceeds 1e-4.
"""

import argparse

import numpy as np
import torch
from tqdm import tqdm

from rvm.cli import run_tool
from rvm.io import open_reader
from rvm.models import network_from_weights

NAMES = ('fgr', 'pha', 'r1', 'r2', 'r3', 'r4')
TOLERANCE = 1e-4


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('weights', help='the published .onnx')
    parser.add_argument('video')
    parser.add_argument('--frames', type=int, default=60)
    parser.add_argument(
        '--ratios',
        type=float,
        nargs='+',
        default=[0.25, 0.4, 0.5],
        help='below 1: at 1 the published file refines and ours does not',
    )
    return parser.parse_args()


@torch.inference_mode()
def main() -> int:
    """Compare."""
    args = parse_args()
    import onnxruntime

    network = network_from_weights(args.weights)
    session = onnxruntime.InferenceSession(args.weights)
    with open_reader(args.video) as reader:
        images = reader.read(range(min(args.frames, len(reader))))
    good = True
    for ratio in args.ratios:
        state, recurrent = None, [np.zeros((1, 1, 1, 1), np.float32)] * 4
        worst = np.zeros(len(NAMES))
        for image in tqdm(images, desc=f'ratio {ratio}', leave=False):
            src = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
            fgr, pha, state = network(src, state, ratio)
            feed = {f'r{k}i': r for k, r in enumerate(recurrent, start=1)}
            feed |= {'src': src.numpy(), 'downsample_ratio': np.array([ratio], np.float32)}
            theirs = session.run(None, feed)
            recurrent = theirs[2:]
            pairs = zip((fgr, pha, *state), theirs, strict=True)
            worst = np.maximum(worst, [np.abs(a.numpy() - b).max() for a, b in pairs])
        text = '  '.join(f'{name} {value:.1e}' for name, value in zip(NAMES, worst, strict=True))
        print(f'{args.video}, {len(images)} frames, ratio {ratio}: {text}', flush=True)
        good = good and bool((worst <= TOLERANCE).all())
    print('equal' if good else f'NOT equal to {TOLERANCE}')
    return 0 if good else 1


if __name__ == '__main__':
    run_tool(main)
