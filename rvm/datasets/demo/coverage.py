"""Exact anti-aliasing: the share of every pixel that a polygon covers.

Each edge is cut at the pixel borders; a piece inside one pixel changes the covered area of that
pixel by a trapezoid and of all pixels to its right by its height. A running sum along the rows
then gives the area, exact for polygons that do not cross themselves.
"""

from typing import NamedTuple

import numpy as np


class Region(NamedTuple):
    """A part of a canvas: rows top..bottom - 1, columns left..right - 1."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """The index of the region in an image [H, W, ...]."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def coverages(
    shapes: list[list[np.ndarray]], size: tuple[int, int]
) -> list[tuple[Region, np.ndarray] | None]:
    """Return what each shape covers, all in one pass (an edge costs little, a call much).

    Args:
        shapes: Each a list of polygons [N, 2] of (x, y) in pixels, where pixel (i, j) is the square
            [j, j + 1] x [i, i + 1]. Areas of one shape's polygons add up to at most 1; all
            its polygons should turn the same way round.
        size: Height and width of the canvas; shapes may reach beyond it.

    Returns:
        For each shape its region of the canvas and the coverage there, [h, w] float32 in 0..1;
        None for a shape that is wholly outside.
    """
    outlines = [np.concatenate(polygons) if polygons else None for polygons in shapes]
    regions = [_region(points, size) for points in outlines]
    offsets, total, edges, lengths = {}, 0, [], []
    for number, region in enumerate(regions):
        if region is None:
            continue
        offsets[number] = total
        height, stride = region.bottom - region.top, region.right - region.left + 2
        edges.append((outlines[number] - (region.left, region.top), height, stride, total))
        lengths += [len(polygon) for polygon in shapes[number]]
        total += height * stride
    if not edges:
        return [None] * len(shapes)
    area = _accumulate(edges, lengths, total)
    found: list[tuple[Region, np.ndarray] | None] = []
    for number, region in enumerate(regions):
        if region is None:
            found.append(None)
            continue
        height, stride = region.bottom - region.top, region.right - region.left + 2
        start = offsets[number]
        image = area[start : start + height * stride].reshape(height, stride)
        found.append((region, np.minimum(np.abs(image[:, :-2]), 1).astype(np.float32)))
    return found


def _region(points: np.ndarray | None, size: tuple[int, int]) -> Region | None:
    if points is None:
        return None
    left, top = np.floor(points.min(axis=0)).astype(int).tolist()
    right, bottom = np.ceil(points.max(axis=0)).astype(int).tolist()
    region = Region(max(top, 0), min(bottom, size[0]), max(left, 0), min(right, size[1]))
    return region if region.top < region.bottom and region.left < region.right else None


def _accumulate(
    edges: list[tuple[np.ndarray, int, int, int]], lengths: list[int], total: int
) -> np.ndarray:
    """Return the covered area [total] of all regions laid end to end.

    Every row ends with the sum 0 (the last column collects what lies right of the canvas), so one
    running sum serves all rows of all regions.
    """
    starts = np.concatenate([points for points, *_ in edges])
    following = np.arange(1, len(starts) + 1)
    stops = np.cumsum(lengths)
    following[stops - 1] = stops - lengths
    ends = starts[following]
    counts = [len(points) for points, *_ in edges]
    height, stride, offset = (
        np.repeat([edge[k] for edge in edges], counts).astype(np.int64) for k in (1, 2, 3)
    )
    pieces = np.concatenate([starts, ends], axis=1)
    index = np.arange(len(pieces))
    pieces, index = _cut(pieces, index, axis=1, low=np.zeros(len(pieces)), high=height)
    row = np.floor((pieces[:, 1] + pieces[:, 3]) / 2).astype(np.int64)
    inside = (row >= 0) & (row < height[index]) & (pieces[:, 1] != pieces[:, 3])
    pieces, index, row = pieces[inside], index[inside], row[inside]
    last = stride[index] - 2.0
    pieces, kept = _cut(
        pieces, np.arange(len(pieces)), axis=0, low=np.zeros(len(pieces)), high=last
    )
    index, row, last = index[kept], row[kept], last[kept]
    np.clip(pieces[:, 0::2], 0, last[:, None], out=pieces[:, 0::2])
    middle = (pieces[:, 0] + pieces[:, 2]) / 2
    column = np.floor(middle).astype(np.int64)
    rise = pieces[:, 3] - pieces[:, 1]
    right_share = rise * (middle - column)
    cell = offset[index] + row * stride[index] + column
    area = np.bincount(cell, rise - right_share, total)
    area += np.bincount(cell + 1, right_share, total)[:total]
    return np.cumsum(area)


def _cut(
    pieces: np.ndarray, index: np.ndarray, axis: int, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Cut pieces [N, 4] of (x0, y0, x1, y1) at the whole numbers low..high of one axis."""
    start, end = pieces[:, axis], pieces[:, axis + 2]
    first = np.clip(np.floor(np.minimum(start, end)) + 1, low, high + 1)
    stop = np.clip(np.ceil(np.maximum(start, end)), low, high + 1)
    cuts = np.maximum(stop - first, 0).astype(np.int64)
    parts = cuts + 1
    owner = np.repeat(np.arange(len(pieces)), parts)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(parts) - parts, parts)
    forward = (end >= start)[owner]
    reach = (end - start)[owner]
    reach = np.where(reach == 0, 1.0, reach)

    def share(cut: np.ndarray) -> np.ndarray:
        border = np.where(forward, first[owner] + cut - 1, first[owner] + cuts[owner] - cut)
        part = (border - start[owner]) / reach
        return np.where(cut == 0, 0.0, np.where(cut == parts[owner], 1.0, part))

    begin, finish = share(number), share(number + 1)
    out = np.empty((len(owner), 4))
    for column in (0, 1):
        base, delta = pieces[owner, column], (pieces[:, column + 2] - pieces[:, column])[owner]
        out[:, column] = base + delta * begin
        out[:, column + 2] = base + delta * finish
    return out, index[owner]
