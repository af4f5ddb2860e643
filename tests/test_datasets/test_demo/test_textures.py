import numpy as np
import pytest

from rvm.datasets.demo import textures
from rvm.datasets.demo.pictures import picture
from rvm.datasets.demo.textures import TILE

MAKERS = {
    'cloth': textures.cloth,
    'print': lambda rng: textures.cloth(rng, picture('chelsea.png')),
    'skin': lambda rng: textures.skin(rng, textures.skin_tone(rng)),
    'hair': lambda rng: textures.hair(rng, textures.hair_tone(rng)),
}


@pytest.mark.parametrize('name', MAKERS)
def test_tiles(name, rng):
    for _ in range(12):
        tile = MAKERS[name](rng)
        assert tile.shape == (TILE, TILE, 3)
        assert tile.dtype == np.float32
        assert tile.min() >= 0
        assert tile.max() <= 1
        assert tile.std() > 0.002


@pytest.mark.parametrize('pattern', textures._PATTERNS, ids=lambda pattern: pattern.__name__)
def test_every_pattern_has_its_colours(pattern, rng):
    images = [pattern(rng) for _ in range(4)]
    assert all(image.shape == (TILE, TILE, 3) for image in images)
    assert len({image.tobytes() for image in images}) == 4


def test_skin_is_of_many_tones_and_never_green(rng):
    tones = np.array([textures.skin_tone(rng) for _ in range(200)])
    assert tones.mean(axis=1).min() < 0.35
    assert tones.mean(axis=1).max() > 0.8
    assert (tones[:, 0] > tones[:, 1]).all()
