"""Arms with hands, and legs, in what covers them.

What a sleeve hides is not painted: two edges in one place would count as more alpha than one.
"""

import numpy as np

from rvm.datasets.demo.figure import Figure
from rvm.datasets.demo.painter import Part, limb_shade
from rvm.datasets.demo.pose import Arm, Leg
from rvm.datasets.demo.shapes import ellipse, limb


def arm_parts(figure: Figure, arm: Arm) -> list[Part]:
    """Return hand, arm and sleeve, from back to front."""
    girth, fit = figure.look.build.girth, figure.look.fit
    parts = _hand(figure, arm)
    if figure.sleeve == 2:
        wrist = arm.wrist + 0.25 * (arm.elbow - arm.wrist)
        parts.append(figure.limb('skin', (wrist, arm.wrist), (0.031 * girth, 0.029), 0.3))
        cuff = arm.wrist + 0.1 * (arm.elbow - arm.wrist)
        ends = (0.047 * girth * fit, 0.037 * fit)
        parts.append(figure.limb('top', (arm.elbow, cuff), ends, 0.3))
    else:
        parts.append(figure.limb('skin', (arm.elbow, arm.wrist), (0.041 * girth, 0.029), 0.3))
        bare = arm.shoulder + 0.45 * figure.sleeve * (arm.elbow - arm.shoulder)
        start = (0.052 - 0.005 * figure.sleeve) * girth
        parts.append(figure.limb('skin', (bare, arm.elbow), (start, 0.042 * girth)))
    if figure.sleeve:
        reach = 1.0 if figure.sleeve == 2 else 0.55
        cuff = arm.shoulder + reach * (arm.elbow - arm.shoulder)
        ends = (0.06 * girth, (0.047 if reach == 1 else 0.056) * girth * fit)
        parts.append(figure.limb('top', (arm.shoulder, cuff), ends, 0.25))
    return parts


def leg_parts(figure: Figure, leg: Leg) -> list[Part]:
    """Return shoe, leg and trousers, from back to front."""
    girth, fit = figure.look.build.girth, figure.look.fit
    shoe_end = leg.toe - 0.2 * (leg.toe - leg.ankle)
    cover = {'trousers': 2, 'shorts': 1}.get(figure.look.bottom, 0)
    shoe = (leg.ankle + 0.15 * (leg.toe - leg.ankle), shoe_end)
    parts = [figure.limb('shoes', shoe, (0.05, 0.04))]
    if cover == 2:
        ankle = leg.ankle + 0.1 * (leg.knee - leg.ankle)
        parts.append(figure.limb('skin', (ankle, leg.ankle), (0.037, 0.037), 0.2))
        radii = (0.064 * girth * fit, 0.048 * fit)
        parts.append(figure.limb('bottom', (leg.knee, leg.ankle), radii, 0.2))
    else:
        parts.append(figure.limb('skin', (leg.knee, leg.ankle), (0.058 * girth, 0.037), 0.2))
        bare = leg.hip + 0.5 * (leg.knee - leg.hip)
        parts.append(figure.limb('skin', (bare, leg.knee), (0.07 * girth, 0.058 * girth), 0.2))
    if cover:
        end = leg.hip + (1.0 if cover == 2 else 0.75) * (leg.knee - leg.hip)
        radii = (0.092 * girth, (0.064 if cover == 2 else 0.078) * girth * fit)
        parts.append(figure.limb('bottom', (leg.hip, end), radii, 0.2))
    return parts


def _hand(figure: Figure, arm: Arm) -> list[Part]:
    wrist, tip = figure.see(arm.wrist), figure.see(arm.hand)
    along = tip - wrist
    across = np.array([-along[1], along[0]])
    unit = 0.17 * figure.scale
    if np.linalg.norm(along) < 0.35 * unit:  # it points at the viewer: a fist
        palm = ellipse(wrist + 0.5 * along, (0.26 * unit, 0.26 * unit))
        return [_skin_part(figure, [palm], wrist, tip)]
    knuckle = wrist + 0.5 * along
    length = np.linalg.norm(along)
    across *= unit / max(length, 1e-6)
    palm = limb(wrist + 0.12 * along, knuckle, 0.17 * unit, 0.22 * unit)
    fingers = []
    for number, reach in enumerate((0.42, 0.5, 0.47, 0.36)):
        spread = (number - 1.5) * 0.115
        root = knuckle + across * spread
        end = root + along * reach + across * spread * 0.7
        fingers.append(limb(root, end, 0.058 * unit, 0.045 * unit))
    side = 1 if arm.shoulder[0] > figure.joints.pelvis[0] else -1
    root = wrist + 0.2 * along - side * 0.12 * across
    end = root + 0.3 * along - side * 0.3 * across
    thumb = limb(root, end, 0.07 * unit, 0.05 * unit)
    return [_skin_part(figure, [shape], wrist, tip) for shape in (*fingers, thumb, palm)]


def _skin_part(
    figure: Figure, polygons: list[np.ndarray], wrist: np.ndarray, tip: np.ndarray
) -> Part:
    shade = limb_shade(wrist, tip, (0.3 * 0.17 * figure.scale,) * 2, figure.light)
    return Part(polygons, figure.surface('skin', wrist, 0.0, shade))
