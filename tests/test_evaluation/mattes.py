"""Small mattes to draw: of blocks, so that there are components, ties and flat parts; of noise."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

# About every threshold, and the values that lie exactly on one.
VALUES = (0, 25, 26, 38, 50, 51, 64, 77, 102, 128, 153, 178, 179, 204, 229, 230, 254, 255)


@st.composite
def blocky_pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Draw a prediction and a truth [H, W] uint8, equal in part."""
    shape = draw(st.tuples(st.integers(1, 7), st.integers(1, 9)))
    few = draw(st.lists(st.sampled_from(VALUES), min_size=1, max_size=4))
    grids = [draw(arrays(np.uint8, shape, elements=st.sampled_from(few))) for _ in range(2)]
    if draw(st.booleans()):
        grids[0] = np.where(draw(arrays(bool, shape)), *grids)
    scale = draw(st.tuples(st.integers(1, 4), st.integers(1, 5)))
    return tuple(np.kron(grid, np.ones(scale, np.uint8)) for grid in grids)


@st.composite
def noisy_pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Draw a prediction and a truth [H, W] uint8, each pixel on its own."""
    shape = draw(st.tuples(st.integers(1, 24), st.integers(1, 24)))
    return draw(arrays(np.uint8, shape)), draw(arrays(np.uint8, shape))


def hairy_pair(size: tuple[int, int] = (90, 150)) -> tuple[np.ndarray, np.ndarray]:
    """Return a prediction and a truth with soft edges, strands, far pieces and flat parts."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[: size[0], : size[1]]
    body = 1.2 - np.hypot((y - size[0]) / size[0], (x - size[1] / 2) / (size[1] / 4))
    strands = 0.5 * np.sin(x * 1.3) * np.exp(-(((y - size[0] * 0.3) / 9) ** 2))
    true = np.clip(body * 6 + strands, 0, 1)
    pred = np.clip(body * 5 + 0.7 * strands + 0.1 * rng.standard_normal(size) * (true > 0), 0, 1)
    pred[5:12, 5:15] = 0.8
    true[5:12, 5:13] = 0.9
    return tuple(np.rint(frame * 255).astype(np.uint8) for frame in (pred, true))
