"""How a person looks: build, skin, hair and clothes, drawn once and kept for a whole clip."""

from dataclasses import dataclass

import numpy as np

from rvm.datasets.demo import textures
from rvm.datasets.demo.pose import Build

TOPS = ('t-shirt', 'shirt', 'jumper', 'jacket', 'tank top')
BOTTOMS = ('trousers', 'trousers', 'shorts', 'skirt', 'dress')
HAIR = ('bald', 'short', 'short', 'bob', 'long', 'curly', 'bun')
HEADWEAR = ('none', 'none', 'none', 'none', 'beanie', 'scarf')


@dataclass(frozen=True)
class Look:
    """A person's appearance.

    Attributes:
        build: Proportions.
        skin: Tone of the skin [3] in 0..1.
        hair: Colour of the hair [3] in 0..1.
        hair_style: One of `HAIR`.
        headwear: One of `HEADWEAR`.
        top: One of `TOPS`.
        bottom: One of `BOTTOMS`.
        tiles: Surfaces by name: 'skin', 'hair', 'top', 'inner', 'bottom', 'shoes', 'extra'.
        fit: Looseness of the clothes, a factor from 1.
        face: Six numbers in 0..1: jaw, eyes, brows, nose, lips, fringe.
        eyes: Colour of the irises [3] in 0..1.
        beard: Density 0..1.
        glasses: Whether worn.
        tie: Whether worn.
        backpack: Whether worn.
        strands: [N, 6] in 0..1, one row a loose hair: place, length, bend, width, phase, lift.
    """

    build: Build
    skin: np.ndarray
    hair: np.ndarray
    hair_style: str
    headwear: str
    top: str
    bottom: str
    tiles: dict[str, np.ndarray]
    fit: float
    face: np.ndarray
    eyes: np.ndarray
    beard: float
    glasses: bool
    tie: bool
    backpack: bool
    strands: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator, pictures: list[np.ndarray]) -> 'Look':
        """Return a new person.

        Args:
            rng: Where everything comes from.
            pictures: Real pictures [H, W, 3] in 0..1; parts of them are printed on some clothes.
        """
        skin, hair = textures.skin_tone(rng), textures.hair_tone(rng)
        lean = rng.normal(0, 1)
        build = Build(
            shoulders=float(np.clip(rng.normal(1, 0.09), 0.8, 1.2)),
            hips=float(np.clip(rng.normal(1, 0.1), 0.8, 1.3)),
            girth=float(np.clip(1.02 + 0.13 * lean, 0.82, 1.4)),
            arms=float(np.clip(rng.normal(1, 0.05), 0.9, 1.1)),
            legs=float(np.clip(rng.normal(1, 0.05), 0.88, 1.1)),
            head=float(np.clip(rng.normal(1.02, 0.06), 0.9, 1.18)),
        )
        tiles = {name: _cloth(rng, pictures) for name in ('top', 'inner', 'bottom', 'extra')}
        tiles['shoes'] = textures.cloth(rng)
        tiles['skin'], tiles['hair'] = textures.skin(rng, skin), textures.hair(rng, hair)
        top, bottom = str(rng.choice(TOPS)), str(rng.choice(BOTTOMS))
        if bottom == 'dress':
            tiles['bottom'] = tiles['top']
        style = str(rng.choice(HAIR))
        num_strands = {'bald': 0, 'short': 100, 'bun': 100, 'curly': 260}.get(style, 200)
        return cls(
            build=build,
            skin=skin,
            hair=hair,
            hair_style=style,
            headwear=str(rng.choice(HEADWEAR)),
            top=top,
            bottom=bottom,
            tiles=tiles,
            fit=rng.uniform(1.02, 1.35),
            face=rng.random(6),
            eyes=np.array(
                [(0.25, 0.15, 0.08), (0.3, 0.42, 0.55), (0.3, 0.4, 0.22)][rng.integers(3)]
            ),
            beard=rng.uniform(0.3, 1) if rng.random() < 0.25 else 0.0,
            glasses=bool(rng.random() < 0.25),
            tie=bool(rng.random() < (0.4 if top in ('shirt', 'jacket') else 0)),
            backpack=bool(rng.random() < 0.2),
            strands=rng.random((num_strands, 6)),
        )


def _cloth(rng: np.random.Generator, pictures: list[np.ndarray]) -> np.ndarray:
    if not pictures or rng.random() > 0.2:
        return textures.cloth(rng)
    picture = pictures[rng.integers(len(pictures))]
    side = min(picture.shape[:2]) // 2
    top, left = (int(rng.integers(0, length - side + 1)) for length in picture.shape[:2])
    return textures.cloth(rng, picture[top : top + side, left : left + side])
