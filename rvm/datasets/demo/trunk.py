"""The trunk: shirt, jacket, tie, neck, skirt and backpack."""

import numpy as np

from rvm.datasets.demo.figure import Figure
from rvm.datasets.demo.painter import Colour, Part, limb_shade
from rvm.datasets.demo.shapes import closed_curve, vec

TIE, BACKPACK = 1, 2
"""Labels of parts that COCO counts apart; the body is 0."""

TORSO = ((-0.505, 0.06, 0.05), (-0.475, 0.155, 0.07), (-0.40, 0.19, 0.10), (-0.24, 0.155, 0.11),
         (-0.10, 0.145, 0.105), (0.02, 0.165, 0.11), (0.09, 0.16, 0.11))  # fmt: skip
"""Levels of the trunk: y, half the width, half the depth, in metres."""


def torso_parts(figure: Figure) -> list[Part]:
    """Return the trunk in its top, with collar and tie."""
    look = figure.look
    axis = figure.neck - figure.pelvis
    across = np.array([-axis[1], axis[0]]) / max(float(np.linalg.norm(axis)), 1e-6)
    left, right = [], []
    loose = 1 + 0.35 * (look.fit - 1)
    for number, (y, width, depth) in enumerate(TORSO):
        middle, half = figure.level(y, width, depth)
        half *= loose if number > 2 else 1
        left.append(middle - across * half)
        right.append(middle + across * half)
    outline = closed_curve(np.array(left + right[::-1]))
    middle, half = figure.level(-0.25, 0.17, 0.11)
    angle = np.arctan2(axis[1], axis[0]) + np.pi / 2
    shade = limb_shade(figure.neck, figure.pelvis, (1.1 * half, 1.05 * half), figure.light)
    parts = [Part([outline], figure.surface('top', middle, angle, shade), shadow=0.3)]
    ahead = np.cos(figure.joints.yaw)
    if ahead <= 0.15:
        return parts
    front = across * np.sin(figure.joints.yaw) * 0.10 * figure.scale
    down = -axis / max(float(np.linalg.norm(axis)), 1e-6) * figure.scale

    def chest(*points: tuple[float, float]) -> np.ndarray:
        """Points on the front: metres to the side and down from the neck."""
        return np.array(
            [
                figure.neck
                + front * min(1, 0.4 + 4 * y)
                + across * x * ahead * figure.scale
                + down * y
                for x, y in points
            ]
        )

    open_to = {'jacket': 0.5, 'shirt': 0.09, 't-shirt': 0.05, 'tank top': 0.11}
    deep = open_to.get(look.top, 0.035)
    wide = 0.062 if look.top != 'tank top' else 0.085
    if look.top == 'jacket':
        strip = chest(
            (-0.06, -0.005),
            (0.06, -0.005),
            (0.075, 0.25),
            (0.06, 0.5),
            (-0.06, 0.5),
            (-0.075, 0.25),
        )
        parts.append(Part([strip], figure.surface('inner', middle, angle, shade)))
        deep = 0.07
    collar = chest(
        (-wide, -0.02),
        (wide, -0.02),
        (0.4 * wide, 0.6 * deep),
        (0, deep),
        (-0.4 * wide, 0.6 * deep),
    )
    parts.append(Part([collar], figure.surface('skin', middle, angle, shade)))
    if look.tie:
        tie = chest(
            (-0.018, 0.04),
            (0.018, 0.04),
            (0.014, 0.07),
            (0.034, 0.36),
            (0, 0.42),
            (-0.034, 0.36),
            (-0.014, 0.07),
        )
        colour = figure.surface('extra', middle, angle + 0.7, shade)
        parts.append(Part([tie], colour, label=TIE, shadow=0.2))
    return parts


def neck_parts(figure: Figure, skin: Colour) -> list[Part]:
    """Return the neck."""
    ends = (
        figure.joints.neck + vec(0, 0.04, 0),
        figure.joints.neck * 0.35 + figure.joints.head * 0.65,
    )
    girth = 0.5 + 0.5 * figure.look.build.girth
    return [figure.limb('skin', ends, (0.062 * girth, 0.054 * girth), 0.2)]


def skirt_parts(figure: Figure) -> list[Part]:
    """Return a skirt or the lower part of a dress, if worn."""
    if figure.look.bottom not in ('skirt', 'dress'):
        return []
    knees = [figure.see(leg.knee) for leg in figure.joints.legs.values()]
    hem = np.mean(knees, axis=0)
    hem[1] += (0.3 * figure.look.face[3] - 0.12) * figure.scale
    _, waist = figure.level(-0.1, 0.15, 0.11)
    spread = (
        abs(knees[0][0] - knees[1][0]) / 2 + (0.1 + 0.14 * figure.look.fit) * figure.scale * 0.7
    )
    sway = 0.03 * figure.scale * np.sin(2.7 * figure.time + 7 * figure.look.face[0])
    top = figure.pelvis - [0, 0.1 * figure.scale]
    points = [top + vec(waist, 0), figure.pelvis + vec(1.25 * waist, 0.1 * figure.scale)]
    points += [
        hem + vec(x * spread + sway, 0.03 * figure.scale * abs(x)) for x in (1, 0.4, -0.4, -1)
    ]
    points += [figure.pelvis + vec(-1.25 * waist, 0.1 * figure.scale), top - [waist, 0]]
    shade = limb_shade(top, hem, (waist * 1.1, spread * 1.1), figure.light)
    colour = figure.surface('bottom', figure.pelvis, 0.0, shade)
    return [Part([closed_curve(np.array(points))], colour, shadow=0.3)]


def backpack_parts(figure: Figure) -> list[Part]:
    """Return the pack, then its straps."""
    middle, half = figure.level(-0.3, 0.2, 0.13)
    aside = -np.sin(figure.joints.yaw) * 0.13 * figure.scale
    points = np.array(
        [[-0.85, -0.17], [0.85, -0.17], [1.0, 0.0], [0.95, 0.24], [-0.95, 0.24], [-1.0, 0.0]]
    )
    shape = closed_curve(
        middle + [aside, 0] + points * [max(half, 0.13 * figure.scale) * 1.08, figure.scale]
    )
    colour = figure.tile('extra', middle + vec(aside, 0), 0.0, 1.3 * half + 1)
    parts = [Part([shape], colour, label=BACKPACK, shadow=0.3)]
    if np.cos(figure.joints.yaw) > 0.15:
        for side in (-1, 1):
            shift = side * 0.105 * figure.look.build.shoulders * np.cos(figure.joints.yaw)
            top = figure.joints.neck + vec(shift, 0.025, 0.05)
            strap = figure.limb(
                'extra', (top, top + vec(0.25 * shift, 0.22, 0.02)), (0.02, 0.02), 0.2
            )
            strap.label = BACKPACK
            parts.append(strap)
    return parts
