import numpy as np
import pytest

from rvm.datasets.demo.coverage import coverages

SIZE = (30, 40)


def star(x: float, y: float, seed: int, num: int = 17) -> np.ndarray:
    """A polygon with dents that does not cross itself."""
    turn = np.linspace(0, 2 * np.pi, num, endpoint=False)
    radius = np.random.default_rng(seed).uniform(5, 16, num)
    return np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1)


def sampled(polygon: np.ndarray, num: int = 16) -> np.ndarray:
    """The covered share of each pixel, by asking num x num points whether they are inside."""
    rows, columns = ((np.arange(side * num) + 0.5) / num for side in SIZE)
    inside = np.zeros((len(rows), len(columns)), bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        between = (y0 <= rows) != (y1 <= rows)
        with np.errstate(divide='ignore', invalid='ignore'):
            crossing = x0 + (rows - y0) * (x1 - x0) / (y1 - y0)
        inside ^= between[:, None] & (columns[None] < crossing[:, None])
    return inside.reshape(SIZE[0], num, SIZE[1], num).mean((1, 3))


def on_canvas(found) -> np.ndarray:
    image = np.zeros(SIZE)
    if found is not None:
        image[found[0].slices] = found[1]
    return image


@pytest.mark.parametrize('centre', [(20, 15), (2, 3), (39, 28), (20, -4)])
def test_equals_the_sampled_share(centre):
    polygon = star(*centre, seed=sum(centre))
    found = on_canvas(coverages([[polygon]], SIZE)[0])
    expected = sampled(polygon)
    assert expected.mean() > 0.02
    assert np.abs(found - expected).max() < 0.06  # 256 points a pixel, and corners
    assert np.abs(found - expected).mean() < 0.0005


def test_area_of_a_square_to_the_bit():
    square = np.array([[3.25, 4.5], [9.75, 4.5], [9.75, 8.25], [3.25, 8.25]])
    found = on_canvas(coverages([[square]], SIZE)[0])
    assert found.sum() == 6.5 * 3.75
    assert (found[4, 3], found[6, 5], found[8, 9]) == (0.375, 1, 0.1875)


def test_shapes_do_not_touch_each_other_and_either_turn_counts():
    shapes = [[star(10, 10, 1)], [star(500, 10, 2)], [], [star(10, 10, 1)[::-1]], [star(30, 20, 3)]]
    found = coverages(shapes, SIZE)
    assert found[1] is None
    assert found[2] is None
    np.testing.assert_allclose(on_canvas(found[0]), on_canvas(found[3]), atol=1e-6)
    np.testing.assert_allclose(
        on_canvas(found[4]), on_canvas(coverages(shapes[4:], SIZE)[0]), atol=1e-6
    )


def test_a_hole_is_a_polygon_that_turns_the_other_way():
    outer = np.array([[2.0, 2], [12, 2], [12, 12], [2, 12]])
    inner = np.array([[4.0, 4], [8, 4], [8, 8], [4, 8]])[::-1]
    assert on_canvas(coverages([[outer, inner]], SIZE)[0]).sum() == pytest.approx(100 - 16)
