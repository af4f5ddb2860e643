"""What every source of frames has in common: the interface `Reader`."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from rvm.io.media import Frame, MediaInfo

KEEP_FRAMES = "on_error='stop' (--on-error stop) keeps the frames before it"
"""The way out of a damaged source; it follows `Reader.damage` and a semicolon."""


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
