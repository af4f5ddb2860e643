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
    iteration and every request opens its own handles, so that a reader that waits holds no file and
    survives a fork. `close` may be called from another thread: the iteration that is under way
    then raises MediaError at its next frame.

    Attributes:
        info: What is known before the first frame. `info.num_frames` equals `len(reader)`.
        bit_depth: 8 or 16, of the images.
        alpha: Whether the images have alpha as their fourth channel.
        damage: The sentence that says where the source is damaged, or None. Set when decoding met
            the damage, or at the start where the index of the file already shows it.
    """

    info: MediaInfo
    bit_depth: int = 8
    alpha: bool = False
    damage: str | None = None

    @abstractmethod
    def __iter__(self) -> Iterator[Frame]:
        """Yield all frames from the first; each call starts again."""

    @abstractmethod
    def frames_at(self, indices: Sequence[int]) -> Iterator[np.ndarray]:
        """Yield frames by number, one at a time: many large ones need no more memory than one.

        Args:
            indices: Frame numbers, 0 .. len(self) - 1, each greater than the one before it.

        Yields:
            [H, W, 3] RGB, or [H, W, 4] RGBA with straight alpha, uint8 in 0..255 or uint16 in
            0..65535.

        Raises:
            ValueError: The numbers do not rise (at once, as for IndexError).
            IndexError: A number is outside the source.
            MediaError: A frame cannot be decoded.
        """

    def read(self, indices: Sequence[int]) -> np.ndarray:
        """Return frames by number, in the order asked for, repeats included.

        Args:
            indices: N frame numbers, 0 .. len(self) - 1; each distinct one is decoded once.

        Returns:
            [N, H, W, 3] RGB, or [N, H, W, 4] RGBA, as `frames_at` yields them.

        Raises:
            IndexError: A number is outside the source.
            MediaError: A frame cannot be decoded.
        """
        numbers = self.check_indices(indices)
        dtype = np.uint8 if self.bit_depth == 8 else np.uint16
        shape = (len(numbers), self.info.height, self.info.width, 4 if self.alpha else 3)
        result = np.empty(shape, dtype)
        wanted = np.unique(numbers)
        for number, image in zip(wanted, self.frames_at(wanted), strict=True):
            result[numbers == number] = image
        return result

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

    def check_rising(self, indices: Sequence[int]) -> list[int]:
        """Return `indices` as a list, or raise ValueError where a number is not above the last."""
        numbers = self.check_indices(indices)
        if (np.diff(numbers) <= 0).any():
            raise ValueError(
                f'{self.info.name}: frames_at takes frame numbers that rise, each but once; use '
                'read for another order'
            )
        return numbers.tolist()
