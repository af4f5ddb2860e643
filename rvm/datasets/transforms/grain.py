"""Film grain: noise of its own for every frame."""

from rvm.datasets.transforms.options import chance
from rvm.effects import MAX_GRAIN_SEED
from rvm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class AddGrain:
    """Add grain to all streams (SPEC section 4).

    The size g of a grain and whether it is monochrome are drawn once; the strength, uniform in
    0..strength / g, and the noise itself are each stream's own, and the noise each frame's.

    Required keys: streams, rng. Modified: the streams' effects. Drawn: grain: size, mono and
    strength of every stream, or None.

    Args:
        prob: Chance.
        size: Range of g in pixels, uniform.
        strength: Largest standard deviation of grains of size 1, in 0..1.
        mono: Chance of the same noise in R, G and B.
    """

    def __init__(
        self,
        prob: float,
        size: tuple[float, float] = (1.0, 4.0),
        strength: float = 0.2,
        mono: float = 0.5,
    ):
        self.prob = chance(self, 'prob', prob)
        self.size = tuple(size)
        self.strength = strength
        self.mono = chance(self, 'mono', mono)

    def __call__(self, results: dict) -> dict:
        """Draw the grain."""
        rng = results['rng']
        results['drawn']['grain'] = None
        if rng.random() >= self.prob:
            return results
        size = float(rng.uniform(*self.size))
        mono = bool(rng.random() < self.mono)
        strengths = {}
        for name, stream in results['streams'].items():
            strengths[name] = float(rng.uniform(0, self.strength / size))
            stream.add_effect(
                grain_size=size,
                grain_strength=strengths[name],
                grain_mono=mono,
                grain_seed=rng.integers(MAX_GRAIN_SEED, size=stream.num_frames),
            )
        results['drawn']['grain'] = {'size': size, 'mono': mono, 'strength': strengths}
        return results
