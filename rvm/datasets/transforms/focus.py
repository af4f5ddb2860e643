"""Sharpness, and blur that comes and goes."""

import numpy as np

from rvm.datasets.easing import draw_easing, ease
from rvm.datasets.transforms.options import chance
from rvm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class Sharpen:
    """Sharpen all streams, alpha included, by one factor (SPEC section 4).

    Required keys: streams, rng. Modified: the streams' effects. Drawn: sharpness: the factor, or
    None.

    Args:
        prob: Chance.
        factor: Range, uniform; below 1 smooths, 1 leaves the picture as it is.
    """

    def __init__(self, prob: float, factor: tuple[float, float] = (0.0, 8.0)):
        self.prob = chance(self, 'prob', prob)
        self.factor = tuple(factor)

    def __call__(self, results: dict) -> dict:
        """Draw the factor."""
        rng = results['rng']
        results['drawn']['sharpness'] = None
        if rng.random() < self.prob:
            factor = float(rng.uniform(*self.factor))
            results['drawn']['sharpness'] = factor
            for stream in results['streams'].values():
                stream.add_effect(sharpness=factor)
        return results


@TRANSFORMS.register_module()
class BlurDrift:
    """Blur by a Gaussian whose sigma eases from one drawn value to another (SPEC section 4).

    The foreground (with its alpha), the background, and all together are three independent draws,
    in this order. Where a curve leaves the range below 0 there is no blur.

    Required keys: streams, rng, num_frames. Modified: the streams' effects. Drawn: blur_fgr,
    blur_bgr, blur_both: both values and the curve, or None.

    Args:
        fgr: Chance for the foreground (or the only stream, as 'src').
        bgr: Chance for the background.
        both: Chance for all together.
        sigma: Range of both values in pixels, uniform.
    """

    def __init__(
        self,
        fgr: float = 0.0,
        bgr: float = 0.0,
        both: float = 0.0,
        *,
        sigma: tuple[float, float] = (0.0, 10.0),
    ):
        chances = {'fgr': fgr, 'bgr': bgr, 'both': both}
        self.chances = {name: chance(self, name, value) for name, value in chances.items()}
        self.sigma = tuple(sigma)

    def __call__(self, results: dict) -> dict:
        """Draw the drifts."""
        rng = results['rng']
        for which, probability in self.chances.items():
            results['drawn'][f'blur_{which}'] = None
            if rng.random() >= probability:
                continue
            first, last = rng.uniform(*self.sigma, size=2).tolist()
            curve = draw_easing(rng)
            results['drawn'][f'blur_{which}'] = {'from': first, 'to': last, 'easing': curve}
            sigma = first + (last - first) * ease(curve, results['num_frames'])
            for name, stream in results['streams'].items():
                if which == 'both' or (which == 'bgr') == (name == 'bgr'):
                    stream.add_effect(blur=np.maximum(sigma, 0))
        return results
