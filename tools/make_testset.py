r"""Composite a test set that can be made again, or check one against its manifest.

export RVM_DATA_ROOT=data                    # or --data-root; paths are below it, or absolute
python tools/make_testset.py --out sets/videomatte --size 512x288 \
    --foregrounds videomatte --foreground-path VideoMatte240K_JPEG_HD/test \
    --backgrounds stills --background-path Backgrounds/test
python tools/make_testset.py --out sets/d646_2048 --resolution 2048 --format jpg \
    --foregrounds imagematte --foreground-path D646/test --foreground-names d646_test.txt \
    --backgrounds videos --background-path BackgroundVideos/test \
    --background-names dvm_background_test_clips.txt
python tools/make_testset.py --verify sets/videomatte

Writes OUT/NAME/<clip>/{fgr,pha,bgr,com}/<frame>.png and OUT/NAME/manifest.json: sources, motion and
hashes. One seed governs everything; workers change nothing. --verify exits with status 1 if a file
is missing, changed or surplus. docs/testsets.md has the recipe.
"""

import argparse
import os
import re
from pathlib import Path

from rvm.cli import run_tool
from rvm.datasets import CompositedClips
from rvm.datasets.testset import PictureFormat, make_testset, notes, verify_testset
from rvm.errors import UserError

FOREGROUNDS = {'videomatte': 'VideoMatteDataset', 'imagematte': 'ImageMatteDataset'}
BACKGROUNDS = {'stills': 'StillBackgrounds', 'videos': 'VideoBackgrounds'}
KINDS = {'stills': 'static', 'videos': 'motion'}
"""What a data set is called by its backgrounds."""
NEEDED = ('foregrounds', 'foreground_path', 'backgrounds', 'background_path', 'out')
DEFAULTS = {'samples': 20, 'frames': 100, 'seed': 0, 'format': 'png', 'force': False}
VERIFYING = ('verify', 'workers')
"""All that --verify takes."""


def parse_args() -> argparse.Namespace:
    """Read the command line; what is not given is None."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--verify', type=Path, metavar='SETDIR', help='check instead of making')
    parser.add_argument('--foregrounds', choices=FOREGROUNDS)
    parser.add_argument('--foreground-path', help='folder that holds fgr and pha')
    parser.add_argument('--foreground-names', metavar='FILE', help='use these: one name a line')
    parser.add_argument('--backgrounds', choices=BACKGROUNDS)
    parser.add_argument('--background-path', help='folder of images, or of clips')
    parser.add_argument('--background-names', metavar='FILE', help='use these: one name a line')
    parser.add_argument('--data-root', help='default RVM_DATA_ROOT, or data/')
    parser.add_argument('--size', metavar='WxH', help='of videomatte (default 512x288)')
    parser.add_argument('--resolution', type=int, help='of imagematte: a square (default 512)')
    parser.add_argument('--samples', type=int, help='clips (default 20)')
    parser.add_argument('--frames', type=int, help='of each clip (default 100)')
    parser.add_argument('--seed', type=int, help='governs all that is drawn (default 0)')
    parser.add_argument('--format', choices=('png', 'jpg'), help='default png')
    parser.add_argument('--quality', type=int, help='of jpg (default 95)')
    parser.add_argument('--workers', type=int, help='processes (default: all cores)')
    parser.add_argument('--name', help='of the data set (default videomatte_static, ...)')
    parser.add_argument('--out', type=Path, metavar='SETDIR', help='folder of the set')
    parser.add_argument(
        '--force', action='store_true', default=None, help='replace a data set of this name'
    )
    return parser.parse_args()


def main() -> int:
    """Make a data set of a set, or verify a set."""
    args = parse_args()
    given = [key for key, value in vars(args).items() if value is not None]
    workers = (os.cpu_count() or 1) if args.workers is None else args.workers
    if workers < 1:
        raise UserError(f'--workers must be 1 or more, not {workers}')
    if args.verify is not None:
        if making := [key for key in given if key not in VERIFYING]:
            raise UserError(
                f'--verify makes nothing and takes no {", ".join(map(option, making))}; leave out '
                'one or the other'
            )
        verdicts = verify_testset(args.verify, workers=workers, progress=True)
        for verdict in verdicts:
            print(verdict)
        return int(not all(verdict.is_whole for verdict in verdicts))
    if missing := [option(key) for key in NEEDED if key not in given]:
        raise UserError(f'{", ".join(missing)} must be given, or --verify SETDIR')
    root = os.environ.get('RVM_DATA_ROOT', 'data/')
    for key, value in ({'data_root': root} | DEFAULTS).items():
        if key not in given:
            setattr(args, key, value)
    picture_format = pictures(args)
    default = f'{args.foregrounds}_{KINDS[args.backgrounds]}'
    name = default if args.name is None else args.name
    dataset = CompositedClips(
        foregrounds=source(args, FOREGROUNDS[args.foregrounds], 'foreground'),
        backgrounds=source(args, BACKGROUNDS[args.backgrounds], 'background'),
        name=name,
        num_samples=args.samples,
        num_frames=args.frames,
        seed=args.seed,
        **dimensions(args),
    )
    for note in notes(dataset):
        print(f'note: {note}')
    folder = make_testset(
        dataset,
        args.out,
        picture_format=picture_format,
        workers=workers,
        force=args.force,
        progress=True,
    )
    print(f'wrote {folder}')
    return 0


def source(args: argparse.Namespace, kind: str, stream: str) -> dict:
    """Return the config of the foregrounds or of the backgrounds."""
    return {
        'type': kind,
        'data_root': args.data_root,
        'path': getattr(args, f'{stream}_path'),
        'names': getattr(args, f'{stream}_names'),
    }


def option(key: str) -> str:
    """Return how an option is written."""
    return f'--{key.replace("_", "-")}'


def pictures(args: argparse.Namespace) -> PictureFormat:
    """Return how pictures are written."""
    if args.quality is None:
        return PictureFormat(args.format)
    if args.format == 'png':
        raise UserError('--quality is for --format jpg; png loses nothing')
    return PictureFormat(args.format, args.quality)


def dimensions(args: argparse.Namespace) -> dict:
    """Return size or resolution, whichever the foregrounds need."""
    if args.foregrounds == 'imagematte':
        if args.size is not None:
            raise UserError('--size is for videomatte; imagematte takes --resolution')
        return {'resolution': 512 if args.resolution is None else args.resolution}
    if args.resolution is not None:
        raise UserError('--resolution is for imagematte; videomatte takes --size')
    match = re.fullmatch(r'(\d+)[xX](\d+)', args.size or '512x288')
    if match is None:
        raise UserError(f'--size must be like 512x288 (width x height), not {args.size}')
    return {'size': (int(match[1]), int(match[2]))}


if __name__ == '__main__':
    run_tool(main)
