import numpy as np
import pytest

from rvm.datasets.demo.objects import KINDS, Clutter

SIZE = (90, 120)


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('held_out', [False, True])
def test_a_thing_is_seen_and_moves(kind, held_out, rng):
    thing = Clutter(rng, held_out, SIZE, kind)
    thing.place, thing.speed = np.array([60.0, 80.0]), np.array([30.0, 0.0])
    layers = [thing.layer(time, SIZE) for time in (0.0, 0.5)]
    for layer in layers:
        assert layer.shape == (*SIZE, 4)
        assert 0.001 < layer[..., 3].mean() < 0.9
        assert (layer[..., :3] <= 1.4 * layer[..., 3:] + 1e-5).all()
    alphas = [layer[..., 3].sum(axis=0) for layer in layers]
    centres = [alpha @ np.arange(120) / alpha.sum() for alpha in alphas]
    assert centres[1] > centres[0] + 3


def test_kinds_are_drawn(rng):
    assert {Clutter(rng, False, SIZE).kind for _ in range(60)} == set(KINDS)
