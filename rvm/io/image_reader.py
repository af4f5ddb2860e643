"""Images as frames: a folder in natural order, a list in its own order, a single file."""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from rvm.errors import MediaError
from rvm.io.image_file import image_depth, image_has_alpha, image_size, read_image
from rvm.io.media import NO_ALPHA, ColorTags, Frame, MediaInfo
from rvm.io.reader import Reader

_IMAGES = 'jpg jpeg jpe jfif png bmp dib tif tiff webp ppm pgm pbm pnm tga'
_VIDEOS = (
    'mp4 m4v mov mkv webm avi mpg mpeg m2v ts mts m2ts vob wmv asf flv ogv 3gp 3g2 mxf gif y4m '
    'h264 264 hevc h265 265 ivf'
)
IMAGE_SUFFIXES = frozenset(f'.{suffix}' for suffix in _IMAGES.split())
VIDEO_SUFFIXES = frozenset(f'.{suffix}' for suffix in _VIDEOS.split())
DEFAULT_RATE = Fraction(30)
SRGB = ColorTags(matrix=0, full_range=True, primaries=1, transfer=13)

MAX_RATE_DENOMINATOR = 1_001_000
"""Turns 23.976023976, as programs print it, into 24000/1001, and keeps what encoders can hold."""


def natural_key(name: str | Path) -> tuple:
    """Return a sort key that puts frame 2 before frame 10 and ignores case."""
    parts = re.split(r'(\d+)', str(name).casefold())
    numbered = tuple((int(part), '') if part.isdecimal() else (-1, part) for part in parts)
    return (*numbered, (-2, str(name)))


def is_image(path: str | Path) -> bool:
    """Return whether the name is that of an image, by its suffix; hidden files are none."""
    path = Path(path)
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith('.')


def is_video(path: str | Path) -> bool:
    """Return whether the name is that of a video, by its suffix; hidden files are none."""
    path = Path(path)
    return path.suffix.lower() in VIDEO_SUFFIXES and not path.name.startswith('.')


def list_images(folder: str | Path) -> list[Path]:
    """Return the images of a folder in natural order; other and hidden files are ignored.

    Raises:
        MediaError: There are none.
    """
    folder = Path(folder)
    files = [path for path in folder.iterdir() if path.is_file()]
    images = sorted(filter(is_image, files), key=lambda path: natural_key(path.name))
    if images:
        return images
    videos = sum(map(is_video, files))
    if videos:
        raise MediaError(
            f'{folder} holds {videos} video file(s) and no images: give the files one by one, or '
            'give the folder to the tool'
        )
    raise MediaError(f'{folder} holds no images')


class ImageReader(Reader):
    """Images of one size as the frames of a clip.

    At the start only the header of the first image is read: a folder may hold 100,000. An image
    whose size differs from it, or that is none, is refused when it is read. Frame i is shown at
    i / rate seconds.

    Args:
        source: A folder (natural order), an image, or a sequence of images (order kept).
        bit_depth: 8, 16, or None for that of the first image.
        frame_rate: Frames a second, 30 if None; rounded to a denominator of at most
            `MAX_RATE_DENOMINATOR`.
        alpha: Give RGBA; every image must have alpha.
    """

    def __init__(
        self,
        source: str | Path | Sequence[str | Path],
        *,
        bit_depth: int | None = 8,
        frame_rate: Fraction | None = None,
        alpha: bool = False,
    ):
        if isinstance(source, str | Path):
            name, path = str(source), Path(source)
            self.paths = list_images(path) if path.is_dir() else [path]
        else:
            self.paths = [Path(path) for path in source]
            if not self.paths:
                raise MediaError('the list of images is empty; give at least one')
            name = f'list of {len(self.paths)} images from {self.paths[0]}'
        rate = DEFAULT_RATE if frame_rate is None else Fraction(frame_rate)
        rate = rate.limit_denominator(MAX_RATE_DENOMINATOR)
        if rate <= 0:
            raise MediaError(f'{name}: the frame rate must be positive, not {rate}')
        width, height = image_size(self.paths[0])
        if alpha and not image_has_alpha(self.paths[0]):
            raise MediaError(f'{self.paths[0]} {NO_ALPHA}')
        self.alpha = alpha
        source_depth = image_depth(self.paths[0])
        self.bit_depth = bit_depth or source_depth
        self._closed = False
        self.info = MediaInfo(
            name=name,
            width=width,
            height=height,
            num_frames=len(self.paths),
            frame_rate=rate,
            time_base=1 / rate,
            bit_depth=source_depth,
            color=SRGB,
        )

    def __iter__(self) -> Iterator[Frame]:
        for number in range(len(self)):
            yield Frame(self._image(number), number / self.info.frame_rate)

    def frames_at(self, indices: Sequence[int]) -> Iterator[np.ndarray]:
        """Yield images by rising numbers."""
        return map(self._image, self.check_rising(indices))

    def times(self) -> list[Fraction]:
        """Return i / rate for every image."""
        return [number / self.info.frame_rate for number in range(len(self))]

    def __len__(self) -> int:
        return len(self.paths)

    def close(self) -> None:
        """Make further reading an error, as for videos; no handle is ever held."""
        self._closed = True

    def _image(self, number: int) -> np.ndarray:
        if self._closed:
            raise MediaError(f'{self.info.name}: the reader has been closed')
        image = read_image(
            self.paths[number], self.bit_depth, channels='rgba' if self.alpha else 'rgb'
        )
        height, width = image.shape[:2]
        if (width, height) != (self.info.width, self.info.height):
            raise MediaError(
                f'{self.paths[0]} has {self.info.width}x{self.info.height} pixels and '
                f'{self.paths[number]} has {width}x{height}; all frames of a clip need one size'
            )
        return image
