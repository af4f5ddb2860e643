"""A frame that is held for a while, as when a stream stalls."""

import numpy as np

from rvm.datasets.transforms.options import chance
from rvm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class Pause:
    """Hold one frame of all streams, with its effects, for a drawn number of frames.

    From a frame p, uniform in 0..T-2, the following n frames repeat it, n uniform in 1..T-1-p. A
    clip of one frame stays as it is.

    Required keys: streams, rng, num_frames. Modified: the streams' frames. Drawn: pause: frame and
    frames, or None.

    Args:
        prob: Chance.
    """

    def __init__(self, prob: float):
        self.prob = chance(self, 'prob', prob)

    def __call__(self, results: dict) -> dict:
        """Draw the pause."""
        rng, count = results['rng'], results['num_frames']
        pauses = bool(rng.random() < self.prob) and count > 1
        results['drawn']['pause'] = None
        if pauses:
            held = int(rng.integers(count - 1))
            number = int(rng.integers(1, count - held))
            results['drawn']['pause'] = {'frame': held, 'frames': number}
            places = np.arange(count)
            places[held : held + number + 1] = held
            for stream in results['streams'].values():
                stream.pick(places)
        return results
