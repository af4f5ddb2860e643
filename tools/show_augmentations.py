"""Show every augmentation at its extremes: one contact sheet a family (docs/augmentation.md).

python tools/show_augmentations.py docs/images
python tools/show_augmentations.py sheets --data-root data/demo --columns 6

The transforms are those of the shipped configs, chances and ranges unchanged; in place of a random
generator they get one that answers with the ends of the ranges. What worker and training device
can both do is shown from both, with their mean difference. Without --data-root a demo clip is drawn
first, some 30 seconds.
"""

import argparse
import tempfile
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from augmentations import effects, geometry
from augmentations.cells import Row
from augmentations.scene import Scene

from rvm.cli import run_tool
from rvm.datasets.config import load_config
from rvm.datasets.demo import make_demo_data
from rvm.datasets.demo.size import DemoSize
from rvm.datasets.inspect.sheet import FAINT, LINE, MARGIN, Page
from rvm.errors import UserError
from rvm.io.atomic import atomic_write

CONFIGS = Path(__file__).resolve().parents[1] / 'configs' / '_base_' / 'datasets'
MOST_BYTES = 250_000
QUALITIES = range(24, 93, 4)
SMALLER = (cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_OPTIMIZE, 1)
DEMO = DemoSize(
    sd=(288, 512), hd=(576, 1024), still=512, frames=24, clips=(1, 0, 0), mattes=(0, 0),
    backgrounds=(4, 0), background_videos=(1, 0), coco=0, vis_videos=0, vis_frames=1,
    supervisely=1, evaluation_frames=0,
)  # fmt: skip
"""One of each, large enough for pictures of 512 pixels."""

FAMILIES = {
    'motion': geometry.motion,
    'framing': geometry.framing,
    'colour': effects.colour,
    'grain': effects.grain,
    'focus': effects.focus,
    'time': geometry.time,
}
"""Name -> rows, from scenes and the number of frames of a row."""


def main() -> None:
    """Draw the sheets."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('out', type=Path, help='folder of the sheets')
    parser.add_argument('--data-root', type=Path, help='a data root as the configs have it')
    parser.add_argument('--columns', type=int, default=8, help='frames of a row (default 8)')
    args = parser.parse_args()
    if args.columns < 2:
        raise UserError(f'--columns must be 2 or more, not {args.columns}')
    with data_root(args.data_root) as root:
        scenes = make_scenes(root)
        for family, rows in FAMILIES.items():
            drawn = []
            for title, cells in rows(scenes, args.columns):
                print(f'{family}: {title}')
                drawn.append((title, cells))
            target = args.out / f'augmentation_{family}.jpg'
            data = encode(draw_rows(drawn))
            atomic_write(target, lambda path, data=data: path.write_bytes(data))
            print(f'wrote {target} ({len(data) / 1000:.0f} kB)')


@contextmanager
def data_root(given: Path | None) -> Iterator[Path]:
    """Yield the data root that was given, or one that is drawn and deleted again."""
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory() as folder:
        make_demo_data(Path(folder, 'data'), size=DEMO, workers=2)
        yield Path(folder, 'data')


def make_scenes(root: Path) -> dict[str, Scene]:
    """Return a clip over a still, the same over a video, and a picture for segmentation."""
    config = load_config(CONFIGS / 'videomatte_hd.py', str(root))
    matting = config.train_dataloader.mat_low.dataset
    segmentation = load_config(CONFIGS / 'segmentation.py', str(root)).train_dataloader
    stills = segmentation.seg_image.dataset.sources.supervisely
    clips = segmentation.seg_video.dataset.pipeline
    steps = {name: step for name, step in matting.pipeline.items() if name != 'pack'}
    for_stills = {name: step for name, step in stills.pipeline.items() if name != 'pack'}
    for_stills |= {f'clip_{name}': clips[name] for name in ('crop', 'color')}
    backgrounds = matting.backgrounds
    return {
        'still': Scene(matting, steps, items='clip', backgrounds=backgrounds | {'videos': None}),
        'moving': Scene(matting, steps, items='clip', backgrounds=backgrounds | {'stills': None}),
        'person': Scene(stills, for_stills),
    }


def draw_rows(rows: list[Row]) -> np.ndarray:
    """Return a sheet [H, W, 3] uint8 RGB: a title a row, a label a picture."""
    cell = max(max(image.shape[:2]) for _, cells in rows for image, _ in cells)
    width = MARGIN + max(len(cells) for _, cells in rows) * (cell + MARGIN)
    blocks = []
    for title, cells in rows:
        lines = Page(1, 1).wrap([title], width - 2 * MARGIN)
        labelled = any(label for _, label in cells)
        page = Page(width, (len(lines) + labelled) * LINE + cell + 3 * MARGIN)
        top = MARGIN
        for line in lines:
            page.write(line, MARGIN, top)
            top += LINE
        for place, (image, label) in enumerate(cells):
            left = MARGIN + place * (cell + MARGIN)
            page.write(label, left, top, FAINT)
            page.put(image, left, top + labelled * LINE + MARGIN // 2, cell)
        blocks.append(page.array())
    return np.concatenate(blocks)


def encode(sheet: np.ndarray) -> bytes:
    """Return a sheet as JPEG, as good as goes into `MOST_BYTES`."""
    image = cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR)

    def jpeg(quality: int) -> bytes:
        options = [cv2.IMWRITE_JPEG_QUALITY, quality, *SMALLER]
        return cv2.imencode('.jpg', image, options)[1].tobytes()

    fitting = bisect_right(QUALITIES, MOST_BYTES, key=lambda quality: len(jpeg(quality)))
    return jpeg(QUALITIES[max(fitting - 1, 0)])


if __name__ == '__main__':
    run_tool(main)
