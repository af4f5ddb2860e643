"""Colours: drifting over the clip, or changed alike in all of its frames."""

import numpy as np

from rvm.datasets.easing import draw_easing, ease
from rvm.datasets.transforms.options import chance
from rvm.registry import TRANSFORMS

CHANGES = ('brightness', 'contrast', 'saturation', 'hue')
"""In the order in which they are drawn and carried out."""
MIN_FACTOR = 0.1
HUE_SHARE = 0.1
"""Of a drift that turns the hue, in circles."""


@TRANSFORMS.register_module()
class ColorDrift:
    """Let the colours of each stream drift, with chance `prob` for each (SPEC section 4).

    For brightness, contrast, saturation and hue each, v = A + (B - A) s ease(t / (T - 1)) with A
    and B normal, and one curve and one s for the four. The factors are max(1 + v, 0.1), the hue is
    turned by clip(0.1 v, -0.5, 0.5) circles.

    Required keys: streams, rng, num_frames. Modified: the streams' effects. Drawn: color_<stream>:
    A, B, the curve and s, or None.

    Args:
        prob: Chance.
        sigma: Standard deviation of A and B.
        strength: Range of s, the part of the way from A to B that the clip covers, uniform.
    """

    def __init__(self, prob: float, sigma: float = 0.1, strength: tuple[float, float] = (0.0, 0.2)):
        self.prob = chance(self, 'prob', prob)
        self.sigma = sigma
        self.strength = tuple(strength)

    def __call__(self, results: dict) -> dict:
        """Draw the drifts."""
        rng = results['rng']
        for name, stream in results['streams'].items():
            results['drawn'][f'color_{name}'] = None
            if rng.random() >= self.prob:
                continue
            first, last = self.sigma * rng.standard_normal((2, len(CHANGES)))
            curve = draw_easing(rng)
            strength = float(rng.uniform(*self.strength))
            amount = strength * ease(curve, results['num_frames'])
            drift = first + amount[:, None] * (last - first)
            factors = np.maximum(1 + drift, MIN_FACTOR)
            factors[:, -1] = np.clip(HUE_SHARE * drift[:, -1], -0.5, 0.5)
            stream.add_effect(**dict(zip(CHANGES, factors.T, strict=True)))
            results['drawn'][f'color_{name}'] = {
                'from': dict(zip(CHANGES, first.tolist(), strict=True)),
                'to': dict(zip(CHANGES, last.tolist(), strict=True)),
                'easing': curve,
                'strength': strength,
            }
        return results


@TRANSFORMS.register_module()
class ColorJitter:
    """Change the colours of each stream by one draw a clip.

    Required keys: streams, rng. Modified: the streams' effects. Drawn: jitter_<stream>: the three
    factors and the turn of the hue in circles.

    Args:
        brightness: The factor is uniform in 1 +- it, not below 0.
        contrast: Likewise.
        saturation: Likewise.
        hue: The turn is uniform in +- it, 0.5 at most.
    """

    def __init__(
        self,
        brightness: float = 0.0,
        contrast: float = 0.0,
        saturation: float = 0.0,
        hue: float = 0.0,
    ):
        widths = np.array([brightness, contrast, saturation, hue])
        centre = np.array([1.0, 1.0, 1.0, 0.0])
        self.low = np.maximum(centre - widths, [0, 0, 0, -0.5])
        self.high = np.minimum(centre + widths, [np.inf, np.inf, np.inf, 0.5])

    def __call__(self, results: dict) -> dict:
        """Draw the changes."""
        for name, stream in results['streams'].items():
            values = results['rng'].uniform(self.low, self.high).tolist()
            drawn = dict(zip(CHANGES, values, strict=True))
            stream.add_effect(**drawn)
            results['drawn'][f'jitter_{name}'] = drawn
        return results


@TRANSFORMS.register_module()
class Greyscale:
    """Take the colour from all streams together.

    Required keys: streams, rng. Modified: the streams' effects. Drawn: grey: whether.

    Args:
        prob: Chance.
    """

    def __init__(self, prob: float):
        self.prob = chance(self, 'prob', prob)

    def __call__(self, results: dict) -> dict:
        """Draw whether."""
        grey = bool(results['rng'].random() < self.prob)
        results['drawn']['grey'] = grey
        if grey:
            for stream in results['streams'].values():
                stream.add_effect(grey=1)
        return results
