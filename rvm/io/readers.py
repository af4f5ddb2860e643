"""One interface to every source of frames: video files, image folders, image lists and stills.

`open_reader` looks at the source and picks the reader; nothing else needs to know which it was.
"""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from rvm.errors import MediaError
from rvm.io.backend import choose_backend
from rvm.io.decord_reader import DecordReader
from rvm.io.image_reader import ImageReader, is_image
from rvm.io.reader import Reader
from rvm.io.video_index import VideoIndex, probe
from rvm.io.video_reader import VideoReader

__all__ = ['Reader', 'Source', 'open_reader']

Source = str | Path | Sequence[str | Path]

BIT_DEPTHS = (8, 16, None)
ON_ERROR = ('raise', 'stop')


def open_reader(
    source: Source,
    *,
    bit_depth: int | None = 8,
    frame_rate: Fraction | None = None,
    backend: str = 'auto',
    on_error: str = 'raise',
    access: str = 'sequential',
    index: VideoIndex | None = None,
    alpha: bool = False,
) -> Reader:
    """Open a video file, an image folder, a list of images or a single image.

    Args:
        source: A path, or a sequence of image paths whose order is kept.
        bit_depth: 8 (uint8), 16 (uint16, full white is 65535), or None for the source's own: 8
            for 8-bit sources, 16 for deeper ones.
        frame_rate: Frames a second of images, 30 if not given. A video has its own.
        backend: Decoder of a video: 'pyav', 'decord', or 'auto' (see `choose_backend`).
        on_error: 'raise', or 'stop' to end the iteration, with a warning, before the first frame
            of a damaged video that cannot be decoded. Images always raise.
        access: 'sequential' or 'random': what the caller will mostly do, a hint for 'auto'.
        index: Of a video, what `probe` returned for the file as it is now: it is not read through
            again.
        alpha: Give [H, W, 4] RGBA frames, straight alpha as stored; a source without is an error.
            False leaves alpha out.

    Raises:
        MediaError: The source does not exist, cannot be read, or an option does not fit it.
    """
    _check_option('bit_depth', bit_depth, BIT_DEPTHS)
    _check_option('on_error', on_error, ON_ERROR)
    _check_option('backend', backend, ('auto', 'pyav', 'decord'))
    _check_option('access', access, ('sequential', 'random'))
    if index is not None and (not isinstance(source, str | Path) or Path(source) != index.path):
        raise MediaError(f'the index given is that of {index.path}, not of {source}')
    if not isinstance(source, str | Path):
        return ImageReader(source, bit_depth=bit_depth, frame_rate=frame_rate, alpha=alpha)
    path = Path(source)
    if path.is_dir() or (path.is_file() and is_image(path)):
        return ImageReader(path, bit_depth=bit_depth, frame_rate=frame_rate, alpha=alpha)
    if frame_rate is not None and path.is_file():
        raise MediaError(f'{path} is a video with its own time stamps; leave out frame_rate')
    index = probe(path) if index is None else index
    if backend == 'auto':  # decord has 8 bits, and no alpha
        backend = 'pyav' if bit_depth == 16 or alpha else choose_backend(index, access)
    if backend == 'decord':
        if alpha:
            raise MediaError(f"{path}: decord reads no alpha; use backend='pyav'")
        return DecordReader(path, bit_depth=bit_depth, on_error=on_error, index=index)
    return VideoReader(path, bit_depth=bit_depth, on_error=on_error, index=index, alpha=alpha)


def _check_option(name: str, value: object, allowed: tuple) -> None:
    if value not in allowed:
        raise MediaError(f'{name} must be one of {", ".join(map(repr, allowed))}, not {value!r}')
