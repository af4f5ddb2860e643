import json

import numpy as np
import pytest

from rvm.datasets.prepare.supervisely_masks import read_annotation
from rvm.errors import DataError
from tests.test_datasets.test_prepare.raw import annotation, bitmap, polygon


def mask_of(*objects, height=30, width=40, wanted='person'):
    return read_annotation('a.json', annotation(height, width, *objects)).mask(wanted)


def test_a_bitmap_lies_at_its_origin():
    drawn = np.random.default_rng(0).random((7, 9)) > 0.4
    expected = np.zeros((30, 40), np.uint8)
    expected[5:12, 11:20][drawn] = 255
    assert np.array_equal(mask_of(bitmap(drawn, 11, 5)), expected)


@pytest.mark.parametrize(
    ('left', 'top'),
    [(-4, -3), (36, 28), (-4, 28), (100, 100), (43, 5), (5, 33), (-20, 3), (43, 33)],
)
def test_what_is_outside_is_cut(left, top):
    full = np.zeros((200, 200), np.uint8)
    full[50 + top : 57 + top, 50 + left : 59 + left] = 255
    found = mask_of(bitmap(np.ones((7, 9), bool), left, top))
    assert np.array_equal(found, full[50:80, 50:90])


def test_polygons_have_holes_and_objects_add_up():
    hole = [[10, 8], [20, 8], [20, 14], [10, 14]]
    square = polygon([[5, 4], [25.4, 4], [25.4, 20], [5, 20]], [hole])
    expected = np.zeros((30, 40), np.uint8)
    expected[4:21, 5:26] = 255
    expected[8:15, 10:21] = 0
    assert np.array_equal(mask_of(square), expected)
    inside = bitmap(np.ones((2, 2), bool), 12, 10)
    expected[10:12, 12:14] = 255
    assert np.array_equal(mask_of(inside, square), expected)


def test_other_classes_are_left_out():
    neutral = polygon([[0, 0], [9, 0], [9, 9]], title='neutral')
    assert not mask_of(neutral).any()
    assert mask_of(neutral, wanted='neu').any()


@pytest.mark.parametrize(
    'item',
    [
        polygon([[1, 1], [2, 2]]),
        {**polygon([[1, 1], [2, 2], [3, 1]]), 'geometryType': 'rectangle'},
        {'classTitle': 'person'},
        {'classTitle': 'person', 'bitmap': {'data': 'no base64!', 'origin': [0, 0]}},
        {'classTitle': 'person', 'bitmap': {'data': 'AAAA', 'origin': [0, 0]}},
        {
            'classTitle': 'person',
            'bitmap': {**bitmap(np.ones((2, 2), bool), 0, 0)['bitmap'], 'origin': 3},
        },
    ],
)
def test_objects_that_cannot_be_drawn_are_named(item):
    good = bitmap(np.ones((2, 2), bool), 0, 0)
    with pytest.raises(DataError, match=r'a.json: object 1 \(person'):
        mask_of(good, item)


@pytest.mark.parametrize(
    'data', [b'{', b'[]', b'{}', json.dumps({'size': {}, 'objects': []}).encode()]
)
def test_other_files_are_refused(data):
    with pytest.raises(DataError, match=r'a.json is no annotation of Supervisely'):
        read_annotation('a.json', data)
