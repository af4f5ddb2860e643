"""Which frames: speed, shift and direction of time."""

from collections.abc import Sequence

import numpy as np

from rvm.datasets.transforms.options import chance
from rvm.errors import ConfigError
from rvm.registry import TRANSFORMS

PING_PONG, WRAP = 'ping_pong', 'wrap'


def fold_frames(numbers: np.ndarray, length: int, at_end: str = PING_PONG) -> np.ndarray:
    """Bring frame numbers that run past the end back into the clip.

    Args:
        numbers: [T] integers from 0.
        length: Number of frames n of the clip.
        at_end: 'ping_pong' turns around (0 1 2 1 0 ..: no jump), 'wrap' starts again (0 1 2 0 ..).

    Returns:
        [T] int64 in 0..n-1.
    """
    if at_end == WRAP or length == 1:
        return numbers % length
    numbers = numbers % (2 * length - 2)
    return np.where(numbers < length, numbers, 2 * length - 2 - numbers)


@TRANSFORMS.register_module()
class SampleFrames:
    """Draw the frames of each stream: frame t is `start + shift + int(t * speed)` (SPEC section 3).

    'fgr' (with its alpha) makes one draw, 'bgr' its own. Without arguments: frames start,
    start + 1, ..

    Required keys: streams, rng, num_frames. Modified: the streams' frame numbers. Drawn: speed,
    shift, reverse of each stream.

    Args:
        speeds: Frames of the source for one of the sample; one is drawn.
        shift: Whether to draw a shift from range(T).
        reverse: Chance to run backwards.
        at_end: What follows the last frame: 'ping_pong' or 'wrap'.
    """

    def __init__(
        self,
        speeds: Sequence[float] = (1,),
        shift: bool = False,
        reverse: float = 0.0,
        at_end: str = PING_PONG,
    ):
        if at_end not in (PING_PONG, WRAP):
            raise ConfigError(f"SampleFrames: at_end must be 'ping_pong' or 'wrap', not {at_end!r}")
        if not speeds or min(speeds) <= 0:
            raise ConfigError(f'SampleFrames: speeds must be positive, not {speeds}')
        self.speeds = tuple(speeds)
        self.shift = shift
        self.reverse = chance(self, 'reverse', reverse)
        self.at_end = at_end

    def __call__(self, results: dict) -> dict:
        """Draw the frames."""
        rng, count = results['rng'], results['num_frames']
        for name, stream in results['streams'].items():
            speed = self.speeds[rng.integers(len(self.speeds))]
            shift = int(rng.integers(count)) if self.shift else 0
            backwards = bool(rng.random() < self.reverse)
            numbers = stream.start + shift + (np.arange(count) * speed).astype(np.int64)
            numbers = fold_frames(numbers, len(stream.source), self.at_end)
            stream.numbers = numbers[::-1].copy() if backwards else numbers
            results['drawn'][f'frames_{name}'] = {
                'speed': speed,
                'shift': shift,
                'reverse': backwards,
                'numbers': stream.numbers.tolist(),
            }
        return results
