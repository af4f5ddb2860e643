"""Body, trunk and limbs together."""

from dataclasses import replace

import numpy as np
import pytest

from rvm.datasets.demo.body import body_parts, head_top
from rvm.datasets.demo.figure import Figure
from rvm.datasets.demo.painter import paint
from rvm.datasets.demo.trunk import BACKPACK, TIE

SIZE = (120, 100)
SCALE = 60


def picture(person, yaw: float | None = None, **look) -> tuple[np.ndarray, np.ndarray]:
    joints = person.motion.joints(0.0)
    if yaw is not None:
        joints.yaw = joints.head_yaw = yaw
    look = replace(person.look, **look)
    figure = Figure(look, joints, (50, 10 + SCALE * head_top()), SCALE, person.light, 0.0)
    return paint(body_parts(figure), SIZE, labels=3)


def test_a_body_is_one_piece_of_human_size(people):
    import cv2

    for person in people:
        alpha = picture(person, headwear='none')[0][..., 3]
        count, _, stats, _ = cv2.connectedComponentsWithStats((alpha > 0.5).astype(np.uint8))
        assert count >= 2
        assert stats[1:, cv2.CC_STAT_AREA].max() > 0.95 * (alpha > 0.5).sum()
        rows = np.flatnonzero((alpha > 0.5).any(axis=1))
        assert rows[0] < 22
        assert 1.4 < (rows[-1] - rows[0]) / SCALE < 2.0


@pytest.mark.parametrize(('bottom', 'skin'), [('trousers', False), ('shorts', True)])
def test_trousers_cover_shins(people, bottom, skin):
    person = next(p for p in people if p.motion.action == 'idle')
    tiles = {name: np.full((160, 160, 3), 0.0, np.float32) for name in person.look.tiles}
    tiles['skin'] = np.full((160, 160, 3), (0, 1, 0), np.float32)
    layer, _ = picture(person, 0.0, bottom=bottom, tiles=tiles, fit=1.3)
    ankle = person.motion.joints(0.0).legs[1].ankle
    row = round(10 + SCALE * (head_top() + ankle[1]) - 0.1 * SCALE)
    assert (layer[row, :, 1] > 0.2).any() == skin


def test_tie_and_backpack_are_labelled_where_they_are_seen(people):
    person = people[0]
    _, none = picture(person, 0.0, tie=False, backpack=False)
    assert not none.any()
    layer, front = picture(person, 0.0, top='shirt', tie=True, backpack=True, headwear='none')
    _, back = picture(person, np.pi, tie=True, backpack=True)
    assert front[TIE - 1].sum() > 10
    assert not back[TIE - 1].any()
    assert back[BACKPACK - 1].sum() > 2 * front[BACKPACK - 1].sum() > 0
    assert (front.sum(axis=0) <= layer[..., 3] + 1e-5).all()
