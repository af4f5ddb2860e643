"""One interface to every source of frames: video files, image folders, image lists and stills.

`open_reader` looks at the source and picks the reader; nothing else needs to know which it was.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from rvm.errors import MediaError
from rvm.io.media import Frame, MediaInfo

Source = str | Path | Sequence[str | Path]

BIT_DEPTHS = (8, 16, None)
ON_ERROR = ('raise', 'stop')


class Reader(ABC):
    """A source of frames, upright, in RGB, in presentation order.

    A context manager. Nothing is cached but what decoding needs (one group of pictures), and every
    iteration and every `read` opens its own handles, so that a reader that waits holds no file and
    survives a fork. `close` may be called from another thread: the iteration that is under way
    then raises MediaError at its next frame.

    Attributes:
        info: What is known before the first frame. `info.num_frames` equals `len(reader)`.
        damage: The sentence that says where the source is damaged, or None. Set when decoding met
            the damage, or at the start where the index of the file already shows it.
    """

    info: MediaInfo
    damage: str | None = None

    @abstractmethod
    def __iter__(self) -> Iterator[Frame]:
        """Yield all frames from the first; each call starts again."""

    @abstractmethod
    def read(self, indices: Sequence[int]) -> np.ndarray:
        """Return frames by number, in the order asked for, repeats included.

        Args:
            indices: N frame numbers, 0 .. len(self) - 1.

        Returns:
            [N, H, W, 3] uint8 in 0..255 or uint16 in 0..65535, RGB.

        Raises:
            IndexError: A number is outside the source.
            MediaError: A frame cannot be decoded.
        """

    @abstractmethod
    def times(self) -> list[Fraction]:
        """Return the presentation time of every frame, in seconds."""

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of frames that the source holds (without those cut off its end)."""

    @abstractmethod
    def close(self) -> None:
        """Release all handles; the reader is of no use afterwards. A second call does nothing."""

    def __enter__(self) -> 'Reader':
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def check_indices(self, indices: Sequence[int]) -> np.ndarray:
        """Return `indices` as [N] int64, or raise IndexError where one is not a frame number."""
        numbers = np.asarray(indices, np.int64).reshape(-1)
        wrong = numbers[(numbers < 0) | (numbers >= len(self))]
        if wrong.size:
            raise IndexError(
                f'{self.info.name} has frames 0 to {len(self) - 1}; there is no frame {wrong[0]}'
            )
        return numbers


def open_reader(
    source: Source,
    *,
    bit_depth: int | None = 8,
    frame_rate: Fraction | None = None,
    backend: str = 'auto',
    on_error: str = 'raise',
    access: str = 'sequential',
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

    Raises:
        MediaError: The source does not exist, cannot be read, or an option does not fit it.
    """
    from rvm.io.image_reader import ImageReader, is_image
    from rvm.io.video_index import choose_backend, probe
    from rvm.io.video_reader import VideoReader

    _check_option('bit_depth', bit_depth, BIT_DEPTHS)
    _check_option('on_error', on_error, ON_ERROR)
    _check_option('backend', backend, ('auto', 'pyav', 'decord'))
    _check_option('access', access, ('sequential', 'random'))
    if not isinstance(source, str | Path):
        return ImageReader(source, bit_depth=bit_depth, frame_rate=frame_rate)
    path = Path(source)
    if path.is_dir() or (path.is_file() and is_image(path)):
        return ImageReader(path, bit_depth=bit_depth, frame_rate=frame_rate)
    if frame_rate is not None and path.is_file():
        raise MediaError(f'{path} is a video with its own time stamps; leave out frame_rate')
    index = probe(path)
    if backend == 'auto':  # decord has 8 bits
        backend = 'pyav' if bit_depth == 16 else choose_backend(index, access)
    if backend == 'decord':
        from rvm.io.decord_reader import DecordReader

        return DecordReader(path, bit_depth=bit_depth, on_error=on_error, index=index)
    return VideoReader(path, bit_depth=bit_depth, on_error=on_error, index=index)


def _check_option(name: str, value: object, allowed: tuple) -> None:
    if value not in allowed:
        raise MediaError(f'{name} must be one of {", ".join(map(repr, allowed))}, not {value!r}')
