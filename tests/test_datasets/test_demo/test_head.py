import numpy as np
import pytest

from rvm.datasets.demo.look import HAIR, HEADWEAR, Look
from rvm.datasets.demo.painter import Light, paint
from rvm.datasets.demo.person import FRAMINGS, Framing, Person
from rvm.datasets.demo.textures import skin_tone

SIZE = (96, 96)


def head_picture(look: Look, yaw: float, **angles: float) -> np.ndarray:
    """The layer of a head alone, in the middle of the picture."""
    from rvm.datasets.demo.head import Head

    rng = np.random.default_rng(0)
    person = Person(rng, [], Framing.draw(rng, next(iter(FRAMINGS)), 1.0), 'idle')
    joints = person.motion.joints(0.0)
    joints.head_yaw, joints.head_pitch, joints.head_roll = yaw, 0.0, 0.0
    joints.blink, joints.mouth = False, 0.0
    for name, value in angles.items():
        setattr(joints, name, value)
    light = Light(np.array([0.0, 0, 1]), 0.5, np.ones(3, np.float32))
    head = Head(look, joints, np.array([48.0, 48]), 260, light, 0.0)

    def flat(colour):
        tone = np.asarray(colour, np.float32)
        return lambda region: np.broadcast_to(
            tone, (region.bottom - region.top, region.right - region.left, 3)
        )

    parts = head.back_parts(flat(look.hair))
    parts += head.parts(flat(look.skin), flat(look.hair), flat((0, 0, 1)))
    return paint(parts, SIZE)[0]


def look_with(**fields) -> Look:
    look = Look.draw(np.random.default_rng(4), [])
    plain = {'headwear': 'none', 'glasses': False, 'beard': 0.0, 'hair_style': 'bald'}
    plain |= {'skin': np.float32([0.9, 0.7, 0.6]), 'hair': np.float32([0.1, 0.4, 0.1])}
    return Look(**{**vars(look), 'strands': np.zeros((0, 6)), **plain, **fields})


@pytest.mark.parametrize('style', sorted(set(HAIR)))
@pytest.mark.parametrize('yaw', [0.0, 1.3, 3.1])
def test_hair_is_where_hair_grows(style, yaw):
    layer = head_picture(look_with(hair_style=style, strands=np.full((20, 6), 0.4)), yaw)
    green = (layer[..., 1] > layer[..., 0]) & (layer[..., 3] > 0.5)
    if style == 'bald':
        assert green.sum() < 40  # brows
        return
    assert green[: 48 - 20].sum() > 100
    face = green[48:60, 40:56].mean()
    assert face < 0.3 if yaw == 0 else face > 0.5 if yaw > 3 else True


def test_a_face_shows_on_the_side_that_it_looks_to():
    look = look_with()
    ahead, left, right, back = (head_picture(look, yaw)[..., 0] for yaw in (0, -0.7, 0.7, np.pi))
    np.testing.assert_allclose(left, right[:, ::-1], atol=0.02)
    np.testing.assert_allclose(ahead, ahead[:, ::-1], atol=0.02)
    assert np.abs(ahead - back).max() > 0.4  # eyes and mouth
    assert np.abs(left - right).mean() > 0.01


def test_blinking_closes_the_eyes_and_speaking_opens_the_mouth():
    look = look_with()
    plain = head_picture(look, 0.0)
    eyes = np.abs(head_picture(look, 0.0, blink=True) - plain).sum(axis=(1, 2))
    mouth = np.abs(head_picture(look, 0.0, mouth=1.0) - plain).sum(axis=(1, 2))
    assert abs(int(eyes.argmax()) - 48) < 5
    assert int(mouth.argmax()) > 58


@pytest.mark.parametrize('headwear', sorted(set(HEADWEAR) - {'none'}))
def test_headwear_covers(headwear):
    layer = head_picture(look_with(headwear=headwear, hair_style='short'), 0.0)
    blue = (layer[..., 2] > 0.8) & (layer[..., 0] < 0.1)
    assert blue[:30].sum() > 60
    assert not blue[50:56, 44:52].any()


def test_loose_hairs_are_soft_and_sway():
    look = look_with(hair_style='bob', strands=np.random.default_rng(1).random((80, 6)))
    with_hairs = head_picture(look, 0.0)[..., 3]
    without = head_picture(look_with(hair_style='bob'), 0.0)[..., 3]
    extra = with_hairs - without
    assert ((extra > 0.05) & (extra < 0.9)).sum() > 60
    assert extra.min() > -1e-5
    assert skin_tone(np.random.default_rng(0)).shape == (3,)
