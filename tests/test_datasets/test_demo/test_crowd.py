import numpy as np

from rvm.datasets.demo.crowd import Actor, box_of, compose, random_person
from rvm.datasets.demo.objects import Clutter

SIZE = (60, 90)


def test_who_is_in_front_owns_the_pixel(rng):
    person = random_person(rng, SIZE)
    background = np.full((*SIZE, 3), 128, np.uint8)
    image, owner, _ = compose([Actor(person), Actor(person)], background, 0)
    alpha = person.frame(0, SIZE)[0][..., 3]
    assert set(np.unique(owner)) == {-1, 1}
    assert ((owner == 1) == (alpha > 0.5)).all()
    np.testing.assert_allclose(image[alpha == 0], 128 / 255, atol=1e-6)


def test_a_thing_hides_a_person(rng):
    person, thing = random_person(rng, SIZE), Clutter(rng, False, SIZE, 'box')
    thing.place = np.array([person.framing.x * SIZE[0], 55.0])
    actors = [Actor(person), Actor(thing)]
    owner = compose(actors, np.zeros((*SIZE, 3), np.uint8), 0)[1]
    assert [actor.is_person for actor in actors] == [True, False]
    hidden = (person.frame(0, SIZE)[0][..., 3] > 0.5) & (owner == 1)
    assert hidden.sum() > 20


def test_who_crosses_comes_in_from_outside(rng):
    for _ in range(4):
        person = random_person(rng, SIZE, crossing=1.0, action='walk')
        shares = [person.frame(number, SIZE)[0][..., 3].mean() for number in (0, 5, 7, 9)]
        assert shares[0] < 0.2 * max(shares)
        assert len(person.moments(0.3, (300, 450))) > 1


def test_a_crowd_is_far_away(rng):
    sizes = [random_person(rng, SIZE, far=True).frame(0, SIZE)[0][..., 3].mean() for _ in range(4)]
    assert max(sizes) < 0.06


def test_box():
    mask = np.zeros((8, 9), bool)
    mask[2:5, 3:8] = True
    assert box_of(mask) == [3, 2, 5, 3]
