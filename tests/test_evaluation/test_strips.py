import cv2
import numpy as np
import pytest

from rvm.evaluation.strips import (
    FULL_SCALE,
    GAP,
    HEIGHT,
    WIDTH,
    draw_strip,
    picture_boxes,
    scale_colours,
    shown_size,
)


def decode(jpeg):
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(jpeg, np.uint8), 1), cv2.COLOR_BGR2RGB)


def pictures(jpeg, has_src):
    strip = decode(jpeg).astype(int)
    boxes = picture_boxes(strip.shape[1], has_src)
    return {name: strip[:, left : left + width] for name, left, width in boxes}


def flat(value, size=(90, 160)):
    return np.full(size, value, np.uint8)


def colour(text):
    return [int(text[at : at + 2], 16) for at in (1, 3, 5)]


def test_the_pictures_stand_in_order():
    src = np.stack([flat(200), flat(30), flat(60)])
    found = pictures(draw_strip(src, flat(255), flat(102)), True)
    assert list(found) == ['source', 'true', 'predicted', 'difference']
    for name, expected in [('source', (200, 30, 60)), ('true', (255,) * 3)]:
        assert np.abs(found[name] - expected).max() <= 8, name
    assert np.abs(found['predicted'] - 102).max() <= 2
    # 0.6 is beyond the scale
    assert np.abs(found['difference'] - colour(scale_colours()[-1])).max() <= 8


def test_without_a_source_there_are_three():
    found = pictures(draw_strip(None, flat(0), flat(0)), False)
    assert list(found) == ['true', 'predicted', 'difference']
    assert all(picture.max() <= 6 for picture in found.values())


@pytest.mark.parametrize('sign', [-1, 1])
def test_colours_tell_the_difference(sign):
    levels = scale_colours(5)
    for step, expected in enumerate(levels):
        change = sign * step / 4 * FULL_SCALE
        strip = draw_strip(None, np.full((90, 160), 0.5), np.full((90, 160), 0.5 + change))
        difference = pictures(strip, False)['difference']
        assert np.abs(difference - colour(expected)).max() <= 8


def test_brighter_is_more():
    brightness = [sum(colour(text)) for text in scale_colours(17)]
    assert brightness == sorted(brightness)


@pytest.mark.parametrize(
    ('size', 'shown'),
    [
        ((1080, 1920), (135, 240)),
        ((1920, 1080), (HEIGHT, 180)),
        ((36, 64), (36, 64)),
        ((4000, 20), (HEIGHT, 2)),
        ((1, 3000), (1, WIDTH)),
    ],
)
def test_sizes(size, shown):
    strip = decode(draw_strip(np.zeros((3, 50, 70), np.uint8), flat(0, size), flat(9, size)))
    assert strip.shape == (shown[0], 4 * shown[1] + 3 * GAP, 3)
    assert [box[2] for box in picture_boxes(strip.shape[1], True)] == [shown[1]] * 4
    assert shown_size(*size) == shown


def test_uint8_and_float_look_alike():
    rng = np.random.default_rng(0)
    true, pred = rng.integers(0, 256, (2, 90, 160), dtype=np.uint8)
    strip = draw_strip(None, true, pred)
    assert strip == draw_strip(None, true / np.float32(255), (pred / 255).astype(np.float64))
    assert strip == draw_strip(None, true, pred[:, ::-1][:, ::-1])


def test_large_pictures_are_averaged():
    stripes = np.zeros((720, 1280), np.uint8)
    stripes[::2] = 255
    found = pictures(draw_strip(None, stripes, flat(0, stripes.shape)), False)
    assert abs(found['true'].mean() - 127.5) < 3
    assert found['true'].std() < 40


def test_no_colour_runs_into_a_neighbour():
    src = np.stack([flat(255), flat(0), flat(0)])
    found = pictures(draw_strip(src, flat(128), flat(128)), True)
    true = found['true']
    assert (true.max(-1) - true.min(-1)).max() <= 3
