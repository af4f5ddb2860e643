"""Sources for the conversions, and their truth: what the reader shows of them."""

from collections.abc import Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from rvm.io.readers import open_reader
from tests.test_io.media_factory import write_video
from tests.test_io.writer_media import make_images


def gradient_video(
    path: Path,
    num: int = 8,
    width: int = 64,
    height: int = 48,
    pixel_format: str = 'yuv420p',
    images: Sequence[np.ndarray] | None = None,
    **options,
) -> Path:
    """Encode smooth moving gradients, which lossy codecs keep well; options of `write_video`."""
    images = make_images('rgb', num, width, height) if images is None else images
    frames = [
        av.VideoFrame.from_ndarray(np.ascontiguousarray(image), 'rgb24').reformat(
            format=pixel_format
        )
        for image in images
    ]
    return write_video(path, frames, **options)


def write_images(folder: Path, images: Sequence[np.ndarray]) -> Path:
    """Write RGB images as `f1.png`, `f2.png`, ..., whose natural order is not the alphabetical."""
    folder.mkdir()
    for number, image in enumerate(images, 1):
        assert cv2.imwrite(str(folder / f'f{number}.png'), image[..., ::-1])
    return folder


def read_png(path: Path) -> np.ndarray:
    """Return an image as stored, [H, W] or [H, W, 3 or 4] RGB(A)."""
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if image.ndim == 2:
        return image
    return cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA if image.shape[2] == 4 else cv2.COLOR_BGR2RGB)


def read_folder(folder: Path) -> list[np.ndarray]:
    """Return the images of a PNG output, in order."""
    return [read_png(path) for path in sorted(folder.iterdir())]


def images_of(source) -> list[np.ndarray]:
    """Return all frames of a source, [H, W, 3] uint8, upright."""
    with open_reader(source) as reader:
        return [frame.image for frame in reader]


def index_first(source: Path, target: Path) -> Path:
    """Copy an .mp4 with its index in front, so that it can be cut off and still be opened."""
    options = {'movflags': '+faststart'}
    with (
        av.open(str(source)) as given,
        closing(av.open(str(target), 'w', container_options=options)) as output,
    ):
        streams = {s.index: output.add_stream_from_template(s) for s in given.streams}
        for packet in given.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                output.mux(packet)
    return target


def video_end(path: Path) -> Fraction:
    """Return the time of the last frame in seconds, counted from the first."""
    with open_reader(path) as reader:
        times = reader.times()
    return times[-1] - times[0]
