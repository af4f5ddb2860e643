"""Masks as COCO writes them: run lengths, plain or as a string, and polygons.

Run lengths ("counts") walk down the columns, from left to right: the first counts pixels that are
off, the second pixels that are on, and so on; together they make height * width.
"""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from rvm.errors import DataError
from rvm.io.frame_decode import shrink_image

BITS = 5
MORE = 1 << BITS
SIGN = MORE >> 1
ZERO = 48
MAX_CHARACTERS = 7
"""Of one number; they hold 35 bits."""


def decode_counts(text: str | bytes) -> np.ndarray:
    """Return the run lengths of a compressed string, [N] int64.

    A character is 48 plus six bits: five of the number, low ones first, and whether more follow;
    the highest bit of the last one is the sign. From the fourth number on they are differences to
    the run length two before (pycocotools' format).

    Raises:
        DataError: It is no such string.
    """
    codes = np.frombuffer(text.encode() if isinstance(text, str) else text, np.uint8)
    codes = codes.astype(np.int64) - ZERO
    if not len(codes):
        return codes
    if codes.min() < 0 or codes.max() >= 2 * MORE or codes[-1] & MORE:
        raise DataError('a compressed run-length string is damaged or cut off')
    lasts = np.flatnonzero(codes < MORE)
    firsts = np.concatenate([[0], lasts[:-1] + 1])
    lengths = lasts - firsts + 1
    if lengths.max() > MAX_CHARACTERS:
        raise DataError('a compressed run-length string holds a number of over 35 bits')
    shifts = BITS * (np.arange(len(codes)) - np.repeat(firsts, lengths))
    counts = np.add.reduceat((codes & (MORE - 1)) << shifts, firsts)
    counts -= np.where(codes[lasts] & SIGN, 1 << (BITS * lengths), 0)
    counts[1::2] = counts[1::2].cumsum()
    counts[2::2] = counts[2::2].cumsum()
    return counts


def encode_counts(counts: np.ndarray) -> bytes:
    """Return run lengths, [N] integers, as a compressed string; see `decode_counts`."""
    numbers = np.array(counts, np.int64)
    numbers[3:] -= np.asarray(counts, np.int64)[1:-2]
    shifts = BITS * np.arange(MAX_CHARACTERS)
    limits = np.int64(SIGN) << shifts[:-1]
    outside = (numbers[:, None] >= limits) | (numbers[:, None] < -limits)
    lengths = 1 + outside.sum(1)
    codes = (numbers[:, None] >> shifts) & (MORE - 1)
    places = np.arange(MAX_CHARACTERS)
    codes |= np.where(places < lengths[:, None] - 1, MORE, 0)
    return (codes[places < lengths[:, None]] + ZERO).astype(np.uint8).tobytes()


def mask_from_counts(counts: np.ndarray, height: int, width: int, shrink: int = 1) -> np.ndarray:
    """Return the mask of run lengths.

    Args:
        counts: [N] integers.
        height: Of the whole mask, as `width`.
        width: Of the whole mask.
        shrink: 1, 2, 4 or 8; see `rvm.io.frame_decode.shrink_image`.

    Returns:
        [ceil(height / shrink), ceil(width / shrink)] uint8, 0 or 255; means of them where it
        shrinks.

    Raises:
        DataError: The run lengths do not make height * width.
    """
    check_counts(counts, height, width)
    values = np.zeros(len(counts), np.uint8)
    values[1::2] = 255
    columns = np.repeat(values, counts).reshape(width, height)
    return cv2.transpose(shrink_image(columns, shrink))


def check_counts(counts: np.ndarray, height: int, width: int) -> None:
    """Refuse run lengths that are negative or do not make height * width."""
    if len(counts) and counts.min() < 0:
        raise DataError('run lengths are negative')
    if counts.sum() != height * width:
        raise DataError(
            f'run lengths make {counts.sum()} pixels, where {width}x{height} are {height * width}'
        )


def counts_from_mask(mask: np.ndarray) -> np.ndarray:
    """Return the run lengths of a mask, [H, W], whose pixels are on where they are not 0."""
    flat = mask.T.ravel() != 0
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    return _counts_from_edges(np.concatenate([[0], changes]) if flat[0] else changes, flat.size)


def unite_counts(masks: Sequence[np.ndarray]) -> np.ndarray:
    """Return the run lengths of the union of masks, each [N] integers that make one size."""
    edges = [_edges(counts) for counts in masks]
    begins = np.concatenate([edge[0::2] for edge in edges])
    ends = np.concatenate([edge[1::2] for edge in edges])
    begins, ends = begins[begins < ends], ends[begins < ends]
    # Begins come before ends at the same place: runs that touch become one.
    places = np.concatenate([begins, ends])
    order = np.argsort(places, kind='stable')
    places = places[order]
    open_runs = np.where(order < len(begins), 1, -1).cumsum()
    closed = open_runs == 0
    opens = np.concatenate([[True], closed])[: len(places)]
    return _counts_from_edges(places[opens | closed], int(masks[0].sum()))


def counts_from_polygons(
    polygons: Sequence[Sequence[float]], height: int, width: int
) -> np.ndarray:
    """Return the run lengths of the union of polygons.

    A pixel is on where its centre is inside (an odd number of crossings away from the outside).

    Args:
        polygons: Each [x0, y0, x1, y1, ...] in pixels, where (0, 0) is the corner of the picture.
        height: Of the mask, as `width`.
        width: Of the mask.

    Returns:
        [N] int64.

    Raises:
        DataError: A polygon has fewer than three corners, or half a corner.
    """
    masks = [np.array([height * width], np.int64)]
    for polygon in polygons:
        corners = np.asarray(polygon, np.float64)
        if corners.ndim != 1 or len(corners) < 6 or len(corners) % 2:
            raise DataError(
                f'a polygon has {corners.size} numbers; it needs an even number of 6 or more'
            )
        places = _crossings(corners.reshape(-1, 2), height, width)
        masks.append(_counts_from_edges(places, height * width))
    return unite_counts(masks)


def counts_from_annotation(segmentation: object, height: int, width: int) -> np.ndarray:
    """Return the run lengths of what COCO calls a segmentation, [N] int64.

    Args:
        segmentation: {'counts': list or string, 'size': [height, width]}, or a list of polygons.
        height: What it must fit, as `width`.
        width: What it must fit.

    Raises:
        DataError: It is none of these, or has another size.
    """
    if isinstance(segmentation, list):
        return counts_from_polygons(segmentation, height, width)
    if not isinstance(segmentation, Mapping) or 'counts' not in segmentation:
        raise DataError('a segmentation is neither run lengths nor a list of polygons')
    size = segmentation.get('size', [height, width])
    if size != [height, width]:
        raise DataError(f'the mask has size {size}, and the picture [{height}, {width}]')
    counts = segmentation['counts']
    if isinstance(counts, str | bytes):
        counts = decode_counts(counts)
    else:
        counts = np.asarray(counts)
        if counts.ndim != 1 or (counts.size and counts.dtype.kind not in 'iu'):
            raise DataError('run lengths are no list of whole numbers')
        counts = counts.astype(np.int64)
    check_counts(counts, height, width)
    return counts


def _edges(counts: np.ndarray) -> np.ndarray:
    """Return where runs of pixels that are on begin and end, alternating, [2 K]."""
    return counts.cumsum()[: len(counts) // 2 * 2]


def _counts_from_edges(edges: np.ndarray, pixels: int) -> np.ndarray:
    """Return run lengths from where pixels change, [K] rising; the last one may be the end."""
    if len(edges) and edges[-1] == pixels:
        edges = edges[:-1]
    return np.diff(edges, prepend=0, append=pixels).astype(np.int64)


def _crossings(corners: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return the pixels at which one crosses a polygon, [K] rising, walking along the columns."""
    corners = corners - 0.5  # (0, 0) becomes the first pixel's centre
    ends = np.roll(corners, -1, axis=0)
    left = np.where((corners[:, 0] <= ends[:, 0])[:, None], corners, ends)
    right = np.where((corners[:, 0] <= ends[:, 0])[:, None], ends, corners)
    begin = np.clip(np.ceil(left[:, 0]), 0, width).astype(np.int64)
    columns = np.clip(np.ceil(right[:, 0]), 0, width).astype(np.int64) - begin
    side = np.repeat(np.arange(len(corners)), columns)
    x = np.arange(len(side)) - np.repeat(columns.cumsum() - columns, columns) + begin[side]
    slope = (right - left)[side]
    y = left[side, 1] + (x - left[side, 0]) * slope[:, 1] / slope[:, 0]
    rows = np.clip(np.ceil(y), 0, height).astype(np.int64)
    places, times = np.unique(x * height + rows, return_counts=True)
    return places[times % 2 == 1]  # there and back is no crossing
