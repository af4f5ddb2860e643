"""Matte a video, an image folder, a still, or a folder of videos.

W=work_dirs/weights/rvm_mbv3.pth
python tools/inference.py talk.mp4 --weights $W --composite green.mp4 --background 0,177,64
python tools/inference.py talk.mp4 --weights $W --composite talk.mov     # with transparency
python tools/inference.py clips/ --weights $W --alpha mattes/            # goes on when rerun
"""

import argparse
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import torch
from tqdm import tqdm

from rvm.cli import run_tool
from rvm.errors import UserError
from rvm.inference import Matter, MattingResult, matte_video
from rvm.inference.folder import list_videos, matte_folder
from rvm.models import build_network, load_weights, network_from_weights


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('input', help='video, image folder, image, or folder of videos')
    parser.add_argument('--weights', required=True, help='published .pth or .onnx, or ours')
    parser.add_argument('--config', help='network config; by default the weights say which')
    parser.add_argument('--alpha', help='output: alpha (video, folder of PNG, or a still)')
    parser.add_argument('--foreground', help='output: foreground colour, without alpha')
    parser.add_argument(
        '--composite',
        help='output: over the background, or without one with transparency '
        '(folder of PNG, .mov ProRes 4444, .webm VP9)',
    )
    parser.add_argument('--background', help='colour (green, #00b140, 0,177,64), image or video')
    parser.add_argument(
        '--downsample-ratio', default='auto', help='auto (default: 512 / longer side) or 0..1'
    )
    parser.add_argument(
        '--chunk',
        type=frames,
        default='auto',
        help='frames at once (default auto: 4, fewer above HD)',
    )
    parser.add_argument('--device', default='auto', help='auto (default), cpu, cuda, cuda:1, mps')
    parser.add_argument(
        '--precision',
        default='float32',
        choices=('float32', 'float16', 'bfloat16'),
        help='type of the computation (default float32; the others for GPUs)',
    )
    parser.add_argument(
        '--scene-threshold', type=float, help='reset at scene cuts; 0.2 is a good start'
    )
    parser.add_argument('--frame-rate', type=rate, help='of an image folder (default 30)')
    parser.add_argument('--codec', choices=('h264', 'h265', 'vp9', 'prores'), help='of the videos')
    parser.add_argument('--crf', type=int, help='quality of the videos, lower is better')
    parser.add_argument(
        '--on-error',
        default='raise',
        choices=('raise', 'stop'),
        help='at a damaged frame: refuse (default), or keep the frames before it',
    )
    parser.add_argument('--suffix', help='format of the outputs of a folder job: mov, webm, png')
    parser.add_argument('--overwrite', action='store_true', help='of a folder job: redo all')
    return parser.parse_args()


def frames(text: str) -> int | str:
    """Read a number of frames, or auto."""
    return text if text == 'auto' else int(text)


def rate(text: str) -> Fraction:
    """Read a frame rate: 30, 29.97 or 30000/1001."""
    try:
        return Fraction(text)
    except ZeroDivisionError as error:
        raise ValueError(text) from error  # which argparse refuses in its own words


def main() -> int:
    """Run the conversion; 1 if a video of a folder failed or is there in part only."""
    args = parse_args()
    if not Path(args.input).exists():
        raise UserError(f'there is no file or folder {args.input}')
    videos = list_videos(args.input) if Path(args.input).is_dir() else []
    if videos and args.frame_rate is not None:
        raise UserError('--frame-rate is for images; the videos of a folder have their own')
    if not videos and (args.suffix is not None or args.overwrite):
        raise UserError(f'--suffix and --overwrite are for folders of videos; {args.input} is none')
    if args.config is None:
        network = network_from_weights(args.weights)
    else:
        network = build_network(args.config)
        load_weights(network, args.weights)
    matter = Matter(
        network,
        args.downsample_ratio,
        args.chunk,
        args.device,
        getattr(torch, args.precision),
        args.scene_threshold,
    )
    outputs = {
        'alpha': args.alpha,
        'foreground': args.foreground,
        'composite': args.composite,
        'background': args.background,
        'codec': args.codec,
        'crf': args.crf,
        'on_error': args.on_error,
    }
    if videos:
        return convert_folder(args, matter, outputs)
    with ExitStack() as stack:
        result = matte_video(
            args.input, matter, frame_rate=args.frame_rate, progress=updater(stack), **outputs
        )
    report(result)
    return 1 if result.damage else 0


def convert_folder(args: argparse.Namespace, matter: Matter, outputs: dict) -> int:
    """Convert every video of the folder."""
    with ExitStack() as stack:

        def start(video: Path, number: int, count: int):
            stack.close()
            return updater(stack, f'{video.name} ({number + 1} of {count})')

        result = matte_folder(
            args.input,
            matter,
            suffix=args.suffix,
            overwrite=args.overwrite,
            progress=start,
            **outputs,
        )
    print(
        f'{len(result.done)} done, {len(result.skipped)} skipped (done before), '
        f'{len(result.failed)} failed, {len(result.damaged)} kept in part only'
    )
    for video, reason in result.failed.items():
        print(f'failed: {video}: {reason}')
    for reason in result.damaged.values():
        print(f'damaged: {reason}')
    return 1 if result.failed or result.damaged else 0


def updater(stack: ExitStack, title: str | None = None):
    """Return a progress function that moves a bar (frames per second, time left).

    The bar comes with the first frame, so that a refusal before it is one line; `stack` ends it.
    """
    bar = None

    def update(done: int, total: int | None) -> None:
        nonlocal bar
        if bar is None:
            bar = stack.enter_context(
                tqdm(desc=title, total=total, unit='frame', dynamic_ncols=True)
            )
        bar.update(done - bar.n)

    return update


def report(result: MattingResult) -> None:
    """Say what was written and where the time went."""
    busy = ', '.join(f'{stage} {seconds:.1f} s' for stage, seconds in result.busy_seconds.items())
    rate = result.num_frames / max(result.seconds, 1e-9)
    print(f'{result.num_frames} frames in {result.seconds:.1f} s ({rate:.1f} a second; {busy})')
    if result.damage:
        print(f'damaged: {result.damage}')
    for path in result.outputs:
        print(f'wrote {path}')


if __name__ == '__main__':
    run_tool(main)
