import numpy as np
import pytest

from rvm.datasets.inspect.browse import Shown
from rvm.datasets.inspect.sheet import EMPTY, PAPER, Page, describe, draw_frame, draw_sheet

DRAWN = {'start': 0, 'flip': False, 'grain': None, 'pose': {'scale': 0.12345, 'turned': True}}


def shown(frames=5, names=('src', 'pha'), drawn=DRAWN):
    clip = np.stack([np.full((20, 30, 3), 25 * number + 7, np.uint8) for number in range(frames)])
    clip[..., 2] = 0  # no text has such a colour
    return Shown('item 3: clip', drawn, dict.fromkeys(names, clip))


def colour(number):
    return 25 * number + 7, 25 * number + 7, 0


def has(image, value):
    return (image == np.array(value)).all(-1)


def test_what_was_drawn_in_words():
    numbers = {'numbers': list(range(20)), 'reverse': False}
    assert describe({**DRAWN, 'frames': numbers, 'pause': True}) == [
        'start 0',
        'pose (scale 0.123, turned)',
        'frames (numbers 0 1 2 3 4 5 6 7 ..)',
        'pause',
        'not: flip, grain',
    ]
    assert describe({}) == []


def test_frames_stand_in_the_order_of_time():
    sheet = draw_sheet([shown()], columns=3, cell=40)
    places = [np.argwhere(has(sheet, colour(number))) for number in range(5)]
    counts = [len(place) for place in places]
    assert counts[0] == counts[2] == counts[4] == 2 * 20 * 30
    assert counts[1] == counts[3] == 0
    lefts = [place[:, 1].min() for place in places if len(place)]
    assert lefts == sorted(lefts)
    assert has(sheet, EMPTY).any()


def test_streams_of_a_still_stand_side_by_side():
    still = draw_sheet([shown(1, ('src', 'seg'))], columns=6, cell=40)
    rows = np.argwhere(has(still, colour(0)))[:, 0]
    assert len(np.unique(rows)) == 20
    clip = draw_sheet([shown(2, ('src', 'seg'))], columns=6, cell=40)
    assert len(np.unique(np.argwhere(has(clip, colour(0)))[:, 0])) == 40


def test_samples_of_all_kinds_make_one_sheet():
    samples = [shown(1, ('src', 'seg')), shown(3), shown(9, ('src', 'fgr', 'pha', 'bgr'))]
    sheet = draw_sheet(samples, columns=4, cell=32)
    heights = [len(draw_sheet([sample], columns=4, cell=32)) for sample in samples]
    assert len(sheet) == sum(heights)


def test_video_frames_have_one_even_size():
    sizes = {
        draw_frame(sample, number, cell=33).shape
        for sample in (shown(), shown(drawn={}), shown(drawn={'a': 'b ' * 400}))
        for number in (0, 4)
    }
    ((height, width, _),) = sizes
    assert height % 2 == width % 2 == 0


@pytest.mark.parametrize('width', [60, 200, 900])
def test_lines_fit_and_keep_all_words(width):
    page = Page(width, 10)
    texts = ['one two', 'three (four five, six seven eight)', 'nine ten eleven twelve thirteen']
    lines = page.wrap(texts, width)
    assert ' '.join(lines).split() == '; '.join(texts).split()
    assert all(page.font.getlength(line) <= width for line in lines)
    assert page.wrap([], width) == []
    assert has(page.array(), PAPER).all()
