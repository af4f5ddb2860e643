"""Poses: motion over the clip, and one pose for all of it."""

from collections.abc import Mapping

from rvm.datasets.affine import affine_matrices, draw_pose, interpolate
from rvm.datasets.easing import draw_easing, ease
from rvm.datasets.transforms.options import chance, stream_names
from rvm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class MotionAffine:
    """Move a clip from one drawn pose to another along an easing curve (SPEC section 4).

    The foreground (with its alpha), the background, and both together are three independent
    draws, in this order.

    Required keys: streams, rng, num_frames. Modified: the streams' matrices. Drawn: motion_fgr,
    motion_bgr, motion_both: both poses and the curve, or None.

    Args:
        fgr: Chance that the foreground moves (or the only stream, as 'src').
        bgr: Chance that the background moves.
        both: Chance that both move together.
        rotation: Degrees, drawn from +-rotation; so is the shear along x.
        shift: Fraction of the canvas, drawn from +-shift in x and y.
        scale: Range of the scale.
        shear: Degrees.
    """

    def __init__(
        self,
        fgr: float = 0.0,
        bgr: float = 0.0,
        both: float = 0.0,
        *,
        rotation: float = 10.0,
        shift: float = 0.1,
        scale: tuple[float, float] = (0.9, 1.1),
        shear: float = 5.0,
    ):
        chances = {'fgr': fgr, 'bgr': bgr, 'both': both}
        self.chances = {name: chance(self, name, value) for name, value in chances.items()}
        self.ranges = {'rotation': rotation, 'shift': shift, 'scale': tuple(scale), 'shear': shear}

    def __call__(self, results: dict) -> dict:
        """Draw the motions."""
        rng, streams = results['rng'], results['streams']
        for which, probability in self.chances.items():
            moves = bool(rng.random() < probability)
            results['drawn'][f'motion_{which}'] = None
            if not moves:
                continue
            first, last = draw_pose(rng, **self.ranges), draw_pose(rng, **self.ranges)
            curve = draw_easing(rng)
            results['drawn'][f'motion_{which}'] = {'from': first, 'to': last, 'easing': curve}
            pose = interpolate(first, last, ease(curve, results['num_frames']))
            for name, stream in streams.items():
                if which == 'both' or (which == 'bgr') == (name == 'bgr'):
                    stream.warp(affine_matrices(pose, stream.size))
        return results


@TRANSFORMS.register_module()
class StaticAffine:
    """Put each stream into one drawn pose for the whole clip.

    Required keys: streams, rng. Modified: the streams' matrices. Drawn: pose_<stream>.

    Args:
        rotation: Degrees, drawn from +-rotation.
        shift: Fraction of the canvas, drawn from +-shift.
        shear: Degrees along x, drawn from +-shear.
        scale: Range of the scale for every stream, by its name; 1 where it is not named.
    """

    def __init__(
        self,
        rotation: float = 10.0,
        shift: float = 0.1,
        shear: float = 5.0,
        scale: Mapping[str, tuple[float, float]] | None = None,
    ):
        self.ranges = {'rotation': rotation, 'shift': shift, 'shear': shear}
        stream_names(self, 'scale', scale or {})
        self.scale = {name: tuple(values) for name, values in (scale or {}).items()}

    def __call__(self, results: dict) -> dict:
        """Draw the poses."""
        for name, stream in results['streams'].items():
            scale = self.scale.get(name, (1.0, 1.0))
            pose = draw_pose(results['rng'], scale=scale, **self.ranges)
            results['drawn'][f'pose_{name}'] = pose
            stream.warp(affine_matrices(pose, stream.size))
        return results
