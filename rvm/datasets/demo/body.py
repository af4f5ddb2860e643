"""A body in its clothes: what is painted, and in which order."""

import numpy as np

from rvm.datasets.demo.figure import VIEW_DISTANCE, Figure
from rvm.datasets.demo.head import HALF_HEIGHT, Head, scarf_cape
from rvm.datasets.demo.limbs import arm_parts, leg_parts
from rvm.datasets.demo.painter import Part
from rvm.datasets.demo.pose import HEAD_HEIGHT
from rvm.datasets.demo.trunk import backpack_parts, neck_parts, skirt_parts, torso_parts


def body_parts(figure: Figure) -> list[Part]:
    """Return everything, from back to front."""
    behind, before = [], []
    chest = (figure.joints.neck[2] + figure.joints.pelvis[2]) / 2
    away = np.cos(figure.joints.yaw) < 0
    for arm in sorted(figure.joints.arms.values(), key=lambda arm: arm.elbow[2]):
        nearer = arm.elbow[2] + arm.wrist[2] > 2 * chest - 0.04
        (before if nearer else behind).extend(arm_parts(figure, arm))
    legs = sorted(figure.joints.legs.values(), key=lambda leg: leg.knee[2])
    head = Head(
        figure.look,
        figure.joints,
        figure.see(figure.joints.head),
        figure.scale / (1 - figure.joints.head[2] / VIEW_DISTANCE),
        figure.light,
        figure.time,
    )
    hair = figure.tile('hair', head.centre, figure.joints.head_roll, head.unit * 1.1)
    cap = figure.tile('extra', head.centre, figure.joints.head_roll, head.unit * 1.15)
    skin = figure.tile('skin', head.centre, figure.joints.head_roll, head.unit * 1.1)
    pack = backpack_parts(figure) if figure.look.backpack else []
    hair_mass = head.back_parts(hair)
    parts = [] if away else pack[:1]
    parts += behind
    for leg in legs:
        parts += leg_parts(figure, leg)
    parts += skirt_parts(figure) + ([] if away else hair_mass)
    parts += neck_parts(figure, skin) + torso_parts(figure) + ([] if away else pack[1:])
    if away:
        parts += pack
    if figure.look.headwear == 'scarf':
        parts.append(Part([scarf_cape(figure.neck, figure.scale, 1.2)], cap, shadow=0.3))
    parts += head.parts(skin, hair, cap)
    if away:
        parts += hair_mass
    return parts + before


def head_top() -> float:
    """Return how far above the pelvis the crown is, in metres."""
    return HEAD_HEIGHT + HALF_HEIGHT
