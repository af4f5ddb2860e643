"""Show what the network will really see: contact sheets and a small video of every pass.

python tools/browse_data.py configs/rvm_mbv3_stage1.py --data-root data
python tools/browse_data.py CONFIG --pass mat_high --samples 8 --epoch 3 --out sheet.png

Writes <pass>.png and <pass>.mp4 into a folder, or one of them to a file. Samples take the way of
training: sampler, data set, collate function, data preprocessor (on the CPU). What was drawn for
them stands beside the pictures, and on the terminal. See docs/check_data.md.
"""

import argparse
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from mmengine.config import DictAction

from rvm.cli import run_tool
from rvm.datasets.config import load_config, loaders
from rvm.datasets.inspect.browse import Shown, browse
from rvm.datasets.inspect.sheet import describe, draw_frame, draw_sheet
from rvm.errors import ConfigError, UserError
from rvm.io import MediaInfo, open_writer
from rvm.registry import DATASETS

JPEG_SIDE = 65500
PICTURES, VIDEOS = ('.png', '.jpg'), ('.mp4', '.mov', '.mkv', '.webm')


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config')
    parser.add_argument('--data-root', help='root of all data sets, instead of that in the config')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE')
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('work_dirs/browse_data'),
        help='a folder, or a file (.png, .jpg, .mp4, ...) for one pass',
    )
    parser.add_argument(
        '--pass', dest='passes', action='append', metavar='NAME', help='mat_low, val_dataloader, ..'
    )
    parser.add_argument('--samples', type=int, default=4, help='of each pass')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--epoch', type=int, default=0)
    parser.add_argument('--start', type=int, default=0, help='place in the order of the epoch')
    parser.add_argument('--columns', type=int, default=6, help='frames shown of each sample')
    parser.add_argument('--cell', type=int, default=192, help='side of a picture in pixels')
    parser.add_argument('--frame-rate', type=Fraction, default=Fraction(10), help='of the video')
    return parser.parse_args()


def main() -> None:
    """Draw samples, show them."""
    args = parse_args()
    for name, least in (('samples', 1), ('columns', 1), ('cell', 16), ('seed', 0), ('epoch', 0)):
        if getattr(args, name) < least:
            raise UserError(f'--{name} must be {least} or more, not {getattr(args, name)}')
    config = load_config(args.config, args.data_root, args.cfg_options)
    chosen = dict(choose(args.config, dict(loaders(config)), args.passes))
    suffix = args.out.suffix.lower()
    if suffix and suffix not in PICTURES + VIDEOS:
        raise UserError(f'{args.out}: give a folder, or a file {", ".join(PICTURES + VIDEOS)}')
    if suffix and len(chosen) > 1:
        raise UserError(
            f'{args.out} is one file, and there are {len(chosen)} passes: name one by --pass '
            f'({", ".join(chosen)}), or give a folder'
        )
    model = config.get('model') or {}
    for place, loader in chosen.items():
        dataset = DATASETS.build(loader['dataset'])
        if not 0 <= args.start < len(dataset):
            raise UserError(f'--start: {place} has samples 0 to {len(dataset) - 1}')
        shown = []
        for sample in browse(
            loader,
            dataset,
            samples=args.samples,
            seed=args.seed,
            epoch=args.epoch,
            start=args.start,
            cell=args.cell,
            preprocessor=model.get('data_preprocessor'),
        ):
            print(f'{place}: {sample.title}; {"; ".join(describe(sample.drawn))}')
            shown.append(sample)
        name = place.removeprefix('train_dataloader.')
        targets = [args.out] if suffix else [args.out / f'{name}{end}' for end in ('.png', '.mp4')]
        for target in targets:
            if target.suffix.lower() in PICTURES:
                save_sheet(target, shown, args.columns, args.cell)
            else:
                save_video(target, shown, args.cell, args.frame_rate)
            print(f'wrote {target}')


def choose(config: str, places: dict, names: Sequence[str] | None) -> Iterator[tuple[str, dict]]:
    """Yield the loaders that were asked for, by the whole name of their place or by its end."""
    if not places:
        raise ConfigError(f'{config} has no train_dataloader, val_dataloader or test_dataloader')
    for name in names or places:
        found = [place for place in places if place == name or place.endswith(f'.{name}')]
        if not found:
            raise UserError(f'--pass {name}: {config} has {", ".join(places)}')
        for place in found:
            yield place, places[place]


def save_sheet(target: Path, shown: list[Shown], columns: int, cell: int) -> None:
    """Write the contact sheet."""
    sheet = draw_sheet(shown, columns, cell)
    height, width = sheet.shape[:2]
    if target.suffix.lower() == '.jpg' and max(height, width) > JPEG_SIDE:
        raise UserError(
            f'{target}: the sheet has {width}x{height} pixels, and JPEG holds {JPEG_SIDE} a side; '
            'use .png, or fewer --samples or --columns'
        )
    info = MediaInfo('samples', width, height, 1, Fraction(1), Fraction(1))
    with open_writer(target, info, channels='rgb', type='ImageWriter') as writer:
        writer.write(sheet, Fraction(0))


def save_video(target: Path, shown: list[Shown], cell: int, rate: Fraction) -> None:
    """Write the samples one after the other; a still is shown for a second."""
    first = draw_frame(shown[0], 0, cell)
    info = MediaInfo('samples', first.shape[1], first.shape[0], None, rate, 1 / rate)
    number = 0
    with open_writer(target, info, channels='rgb') as writer:
        for sample in shown:
            length = min(len(frames) for frames in sample.streams.values())
            for place in [0] * round(rate) if length == 1 else range(length):
                writer.write(draw_frame(sample, place, cell), number / rate)
                number += 1


if __name__ == '__main__':
    run_tool(main)
