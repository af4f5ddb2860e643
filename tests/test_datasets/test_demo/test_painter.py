import numpy as np
import pytest

from rvm.datasets.demo.painter import (
    EDGE_REACH,
    Light,
    Part,
    fit_tile,
    limb_shade,
    paint,
    tile_colour,
    to_pictures,
)
from rvm.datasets.demo.shapes import ellipse

SIZE = (40, 50)
RED, BLUE = np.float32([0.9, 0.1, 0.1]), np.float32([0.1, 0.2, 0.8])


def box(left: float, top: float, right: float, bottom: float) -> list[np.ndarray]:
    return [np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)]


def flat(colour: np.ndarray):
    return lambda region: colour


def test_parts_cover_each_other():
    parts = [
        Part(box(5, 5, 20.5, 30), flat(RED)),
        Part(box(10, 10, 30, 20), flat(BLUE), opacity=0.5, label=2),
        Part(box(-90, 0, -50, 9), flat(BLUE)),
    ]
    layer, shares = paint(parts, SIZE, labels=3)
    np.testing.assert_allclose(layer[7, 7], [*RED, 1], atol=1e-6)
    np.testing.assert_allclose(layer[7, 20], [*(RED / 2), 0.5], atol=1e-6)
    np.testing.assert_allclose(layer[15, 15], [*((RED + BLUE) / 2), 1], atol=1e-6)
    assert layer[35, 40].tolist() == [0, 0, 0, 0]
    assert shares.shape == (2, *SIZE)
    assert shares[1, 15, 25] == 0.5
    assert shares[0].max() == 0


def test_a_label_that_is_covered_is_not_seen():
    parts = [Part(box(5, 5, 20, 20), flat(RED), label=1), Part(box(5, 5, 12, 20), flat(BLUE))]
    shares = paint(parts, SIZE, labels=2)[1]
    assert (shares[0, 10, 8], shares[0, 10, 15]) == (0, 1)


def test_a_shadow_darkens_and_leaves_alpha():
    below = Part(box(0, 0, 50, 40), flat(RED))
    above = box(20, 15, 30, 25)
    plain = paint([below, Part(above, flat(BLUE))], SIZE)[0]
    dark = paint([below, Part(above, flat(BLUE), shadow=0.5)], SIZE)[0]
    assert (dark[..., 3] == plain[..., 3]).all()
    assert dark[20, 18, 0] < 0.95 * plain[20, 18, 0]
    assert (dark[20, 25] == plain[20, 25]).all()


def test_colours_are_right_under_soft_edges_and_go_on_beyond():
    layer, _ = paint([Part([ellipse(np.array([25.0, 20]), (9, 9), num=60)], flat(RED))], SIZE)
    fgr, pha = to_pictures(layer)
    assert (fgr.dtype, pha.dtype) == (np.uint8, np.uint8)
    soft = (pha > 0) & (pha < 255)
    assert soft.sum() > 30
    near = np.hypot(*(np.mgrid[:40, :50] - np.array([19.5, 24.5])[:, None, None])) < 9 + 8
    assert np.abs(fgr[near].astype(int) - np.rint(RED * 255)).max() <= 1
    assert fgr[near & (pha == 0)].any()
    far = np.hypot(*(np.mgrid[:40, :50] - np.array([19.5, 24.5])[:, None, None]))
    assert not fgr[far > 11 + EDGE_REACH * 1.5].any()


@pytest.mark.parametrize('angle', [0.0, 0.6])
def test_a_tile_lies_where_it_should_and_is_lit_from_the_side(angle):
    light = Light(np.array([1.0, 0, 0]), 0.2, np.ones(3, np.float32))
    middle = np.array([25.0, 20.0])
    shade = limb_shade(middle - [0, 10], middle + np.array([0, 10]), (12, 12), light)
    tile = np.tile(np.float32([0.5, 0.5, 0.5]), (160, 160, 1))
    part = Part(box(15, 5, 35, 35), tile_colour(tile, middle, angle, 300, shade, light.tint))
    layer, _ = paint([part], SIZE)
    left, right = layer[20, 16, 0], layer[20, 33, 0]
    assert left == pytest.approx(0.5 * 0.2, abs=1e-3)
    assert right > 3 * left


def test_tiles_shrink_with_the_picture():
    tile = np.random.default_rng(0).random((160, 160, 3), np.float32)
    assert fit_tile(tile, 1000) is tile
    assert fit_tile(tile, 100).shape == (40, 40, 3)
    assert fit_tile(tile, 100).std() < 0.6 * tile.std()
