import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.draw import polygon2mask

from rvm.datasets.rle import (
    counts_from_annotation,
    counts_from_mask,
    counts_from_polygons,
    decode_counts,
    encode_counts,
    mask_from_counts,
    unite_counts,
)
from rvm.errors import DataError
from rvm.io.frame_decode import shrink_image

# Strings that pycocotools 2.0 wrote for the masks below.
DISC = np.hypot(*(np.mgrid[:40, :60] - np.array([22, 31])[:, None, None])) < 11
PUBLISHED = {
    'disc': (DISC, b'jj09m04M2N2N2O0O2O0000000000000001N101N2N2N3LPf0'),
    'first pixel': (np.arange(12).reshape(3, 4) == 0, b'01;'),
    'empty': (np.zeros((5, 7), bool), b'S1'),
    'full': (np.ones((5, 7), bool), b'0S1'),
}


def slow_decode(text: bytes) -> list[int]:
    """The format as its description tells it, one character after another."""
    counts, place = [], 0
    while place < len(text):
        number, shift, more = 0, 0, True
        while more:
            code = text[place] - 48
            number |= (code & 31) << shift
            more = code >= 32
            place, shift = place + 1, shift + 5
        if code & 16:
            number -= 1 << shift
        counts.append(number + counts[-2] if len(counts) > 2 else number)
    return counts


def slow_mask(counts: list[int], height: int, width: int) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    place = 0
    for number, count in enumerate(counts):
        for pixel in range(place, place + count):
            mask[pixel % height, pixel // height] = 255 * (number % 2)
        place += count
    return mask


@pytest.mark.parametrize('name', PUBLISHED)
def test_strings_are_those_of_pycocotools(name: str):
    mask, text = PUBLISHED[name]
    counts = counts_from_mask(mask)
    assert encode_counts(counts) == text
    assert decode_counts(text).tolist() == counts.tolist() == slow_decode(text)
    assert np.array_equal(mask_from_counts(counts, *mask.shape), mask * np.uint8(255))


def test_numbers_take_as_few_characters_as_pycocotools_gives_them():
    counts = [0, 16, 1, 0, 15, 528, 3, 16]  # differences of 16, -16 and 512
    assert encode_counts(np.array(counts)) == b'0`01@>``0DP@'


@given(st.lists(st.integers(0, 2**31), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_strings_come_back(counts: list[int]):
    text = encode_counts(np.array(counts))
    assert decode_counts(text).tolist() == counts == slow_decode(text)
    assert decode_counts(text.decode()).tolist() == counts


def test_limits_of_each_number_of_characters_come_back():
    numbers = [sign * (16 * 32**n) + d for n in range(6) for sign in (1, -1) for d in (-1, 0, 1)]
    counts = []
    for number in numbers:  # every other count is 2**31, so that differences reach -2**29
        counts += [2**31, 2**31 + number]
    assert decode_counts(encode_counts(np.array(counts))).tolist() == counts


@pytest.mark.parametrize('text', [b'h[11P', b'h\x1f', b'h\x80', b'PPPPPPPP1'])
def test_damaged_strings_are_refused(text: bytes):
    with pytest.raises(DataError, match='run-length string'):
        decode_counts(text)


@pytest.mark.parametrize('density', [0.0, 0.03, 0.5, 1.0])
@pytest.mark.parametrize('size', [(1, 1), (7, 5), (1, 9), (13, 2)])
def test_masks_come_back(size: tuple[int, int], density: float):
    mask = (np.random.default_rng(3).random(size) < density).astype(np.uint8) * 255
    counts = counts_from_mask(mask)
    assert counts.sum() == mask.size
    assert np.array_equal(mask_from_counts(counts, *size), mask)
    assert np.array_equal(slow_mask(counts.tolist(), *size), mask)


@pytest.mark.parametrize('shrink', [2, 4, 8])
def test_shrunk_masks_are_means_on_the_grid_of_frames(shrink: int):
    mask = (np.random.default_rng(4).random((37, 51)) < 0.4).astype(np.uint8) * 255
    shrunk = mask_from_counts(counts_from_mask(mask), 37, 51, shrink)
    assert shrunk.shape == (-(-37 // shrink), -(-51 // shrink))
    assert shrunk[1, 2] == round(mask[shrink : 2 * shrink, 2 * shrink : 3 * shrink].mean())
    assert np.array_equal(shrunk, shrink_image(mask, shrink))


def test_masks_are_contiguous_and_can_be_written():
    mask = mask_from_counts(np.array([3, 2, 7]), 3, 4)
    assert mask.flags.c_contiguous
    assert mask.flags.writeable


@pytest.mark.parametrize('counts', [[3, 2, 6], [3, 2, 8], []])
def test_wrong_totals_are_refused(counts: list[int]):
    with pytest.raises(DataError, match=f'make {sum(counts)} pixels, where 4x3 are 12'):
        mask_from_counts(np.array(counts, np.int64), 3, 4)


def test_negative_lengths_are_refused():
    with pytest.raises(DataError, match='negative'):
        counts_from_annotation({'counts': [5, -2, 9], 'size': [3, 4]}, 3, 4)


@pytest.mark.parametrize('count', [1, 2, 4])
def test_union_is_that_of_the_pixels(count: int):
    rng = np.random.default_rng(count)
    for density in (0.0, 0.1, 0.5, 1.0):
        masks = [rng.random((9, 11)) < density for _ in range(count)]
        union = unite_counts([counts_from_mask(mask) for mask in masks])
        assert union.tolist() == counts_from_mask(np.any(masks, axis=0)).tolist()


def test_union_joins_runs_that_touch_and_drops_empty_ones():
    united = unite_counts([np.array([2, 3, 7]), np.array([5, 2, 5]), np.array([9, 0, 3])])
    assert united.tolist() == [2, 5, 5]


@pytest.mark.parametrize('seed', range(6))
def test_polygons_are_those_of_skimage(seed: int):
    rng = np.random.default_rng(seed)
    height, width = 40 + seed, 53
    angles = np.sort(rng.random(12)) * 2 * np.pi
    radius = rng.uniform(8, 30, 12)  # some of it lies outside
    corners = np.stack([26 + radius * np.cos(angles), 20 + radius * np.sin(angles)], 1)
    counts = counts_from_polygons([corners.ravel().tolist()], height, width)
    expected = polygon2mask((height, width), corners[:, ::-1] - 0.5)
    assert np.array_equal(mask_from_counts(counts, height, width) > 0, expected)


def test_polygon_corners_are_corners_of_pixels():
    square = [2, 1, 5, 1, 5, 3, 2, 3]
    mask = mask_from_counts(counts_from_polygons([square], 4, 7), 4, 7)
    expected = np.zeros((4, 7), np.uint8)
    expected[1:3, 2:5] = 255
    assert np.array_equal(mask, expected)


def test_several_polygons_are_united():
    squares = [[0, 0, 3, 0, 3, 3, 0, 3], [2, 2, 5, 2, 5, 4, 2, 4]]
    mask = mask_from_counts(counts_from_polygons(squares, 4, 6), 4, 6) > 0
    assert mask.sum() == 9 + 6 - 1
    assert counts_from_polygons([], 4, 6).tolist() == [24]


@pytest.mark.parametrize('polygon', [[1, 2, 3, 4], [1, 2, 3, 4, 5, 6, 7]])
def test_half_polygons_are_refused(polygon: list[float]):
    with pytest.raises(DataError, match=f'a polygon has {len(polygon)} numbers'):
        counts_from_polygons([polygon], 4, 6)


def test_annotations_of_all_kinds_are_read():
    mask = np.zeros((4, 7), bool)
    mask[1:3, 2:5] = True
    counts = counts_from_mask(mask)
    kinds = [
        {'counts': counts.tolist(), 'size': [4, 7]},
        {'counts': encode_counts(counts).decode(), 'size': [4, 7]},
        {'counts': encode_counts(counts), 'size': [4, 7]},
        {'counts': counts.tolist()},
        [[2, 1, 5, 1, 5, 3, 2, 3]],
    ]
    for kind in kinds:
        assert counts_from_annotation(kind, 4, 7).tolist() == counts.tolist()


@pytest.mark.parametrize(
    ('segmentation', 'message'),
    [
        ({'counts': [28], 'size': [7, 4]}, r'size \[7, 4\], and the picture \[4, 7\]'),
        ({'counts': [27], 'size': [4, 7]}, '27 pixels'),
        ({'counts': [14.5, 13.5], 'size': [4, 7]}, 'whole numbers'),
        ({'bbox': [1, 2, 3, 4]}, 'neither run lengths nor'),
        ('S1', 'neither run lengths nor'),
    ],
)
def test_annotations_that_do_not_fit_are_refused(segmentation: object, message: str):
    with pytest.raises(DataError, match=message):
        counts_from_annotation(segmentation, 4, 7)
