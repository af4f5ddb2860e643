import numpy as np

from rvm.datasets.demo.look import BOTTOMS, HAIR, HEADWEAR, TOPS, Look


def test_people_differ_in_everything():
    looks = [Look.draw(np.random.default_rng([1, number]), []) for number in range(60)]
    for values, field in ((TOPS, 'top'), (BOTTOMS, 'bottom'), (HAIR, 'hair_style')):
        assert {getattr(look, field) for look in looks} == set(values)
    assert {look.headwear for look in looks} == set(HEADWEAR)
    assert len({look.tiles['top'].tobytes() for look in looks}) == 60
    for field in ('tie', 'backpack', 'glasses'):
        assert 2 < sum(getattr(look, field) for look in looks) < 40
    assert all((look.hair_style == 'bald') == (len(look.strands) == 0) for look in looks)


def test_pictures_are_printed_on_some_clothes():
    red = [np.full((80, 90, 3), (1, 0, 0), np.float32)]
    looks = [Look.draw(np.random.default_rng([2, number]), red) for number in range(20)]
    printed = sum(look.tiles['top'][..., 1].max() < 0.1 for look in looks)
    assert 1 <= printed < 12
