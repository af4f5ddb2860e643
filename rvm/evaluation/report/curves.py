"""Small charts of values over time, as SVG inside a page: legible without a script.

A page's script shows the values under the pointer. It reads `data-*` of the chart (its plot and
scales) and of each curve (its values), so that the geometry stands here alone.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
from markupsafe import Markup, escape

WIDTH, HEIGHT = 300, 132
"""Units of a chart; a page scales it to about as many pixels, so that its text stays legible."""
LEFT, RIGHT, TOP, BOTTOM = 36, 8, 8, 24
"""Room around the plot."""
MOST_POINTS = 400
"""Of a curve: more would be finer than the pixels of a chart."""
STEPS = (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10)
"""Ends of a scale; their halves are short numbers, too."""
FRAME_STEPS = (1, 2, 5, 10)
X_LABEL = 'frame'
MOST_LETTERS = 8
"""Of the name of a frame on the axis."""


@dataclass(frozen=True)
class Axis:
    """Places of values along a side of the plot.

    Attributes:
        start: Place of 0, in units of the chart.
        length: From there to the place of `last`; negative where it goes up.
        last: The largest value.
    """

    start: float
    length: float
    last: float

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        return self.start + self.length * value / self.last


def draw_curves(
    curves: Sequence[np.ndarray],
    label: str,
    marks: Sequence[int] = (),
    mean: float | None = None,
    names: Sequence[str] = (),
) -> Markup:
    """Return a chart of values over time, from 0 up.

    Args:
        curves: [T] each, NaN where there is none; the pages' styles colour them by number.
        label: What it shows, for those who cannot see it.
        marks: Numbers of frames to mark on the first curve.
        mean: Height of a dashed line.
        names: Of the frames; empty to count them from 0.
    """
    longest = max(len(values) for values in curves)
    finite = [values[np.isfinite(values)] for values in curves]
    top = nice_ceiling(max((float(values.max()) for values in finite if len(values)), default=0))
    x = Axis(LEFT, WIDTH - LEFT - RIGHT, max(longest - 1, 1))
    y = Axis(HEIGHT - BOTTOM, TOP + BOTTOM - HEIGHT, top)
    parts = [*_frame(x, y, longest, names)]
    if mean is not None:
        parts.append(f'<path class="mean" d="M{LEFT},{y(mean):.1f}h{x.length}"/>')
    parts += [_curve(values, number, x, y) for number, values in enumerate(curves)]
    parts += [
        f'<circle class="mark" cx="{x(frame):.1f}" cy="{y(curves[0][frame]):.1f}" r="3.5"/>'
        for frame in marks
        if math.isfinite(curves[0][frame])
    ]
    plot = f'{x.start},{x.length},{x.last},{y.start},{y.length},{y.last}'
    opening = Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}" data-plot="{}">'
    ).format(WIDTH, HEIGHT, label, plot)
    return opening + Markup(''.join(parts)) + Markup('</svg>')


def nice_ceiling(value: float, steps: Sequence[float] = STEPS) -> float:
    """Return the smallest of `steps` times a power of ten that is not below the value."""
    if not value > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in steps if step * power >= value * (1 - 1e-9))


def thin(values: np.ndarray, most: int = MOST_POINTS) -> np.ndarray:
    """Return the numbers of the frames to draw: of long curves the extremes of equal pieces.

    Args:
        values: [T], NaN where there is none.
        most: Frames to return, at most.

    Returns:
        [<= most] int, growing.
    """
    if len(values) <= most:
        return np.arange(len(values))
    kept = set()
    for piece in np.array_split(np.arange(len(values)), most // 2):
        inside = values[piece]
        if np.isfinite(inside).any():
            kept |= {piece[np.nanargmin(inside)], piece[np.nanargmax(inside)]}
        else:
            kept.add(piece[0])  # a gap stays a gap
    return np.array(sorted(kept))


def _frame(x: Axis, y: Axis, longest: int, names: Sequence[str]) -> list[str]:
    """Return grid, ticks and labels."""
    parts = []
    for value in (0, y.last / 2, y.last):
        place = y(value)
        parts.append(f'<path class="grid" d="M{LEFT},{place:.1f}h{x.length}"/>')
        parts.append(f'<text x="{LEFT - 5}" y="{place + 3.5:.1f}" class="y">{value:.4g}</text>')
    bottom = HEIGHT - BOTTOM + 14
    ticks = _frame_ticks(longest)
    texts = tick_texts([names[value] for value in ticks]) if names else map(str, ticks)
    for value, text in zip(ticks, texts, strict=True):
        parts.append(f'<text x="{x(value):.1f}" y="{bottom}" class="x">{escape(text)}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{bottom}" class="name">{X_LABEL}</text>')
    return parts


def _frame_ticks(longest: int) -> list[int]:
    """Return numbers of frames in equal steps, as far as there is room beside the label."""
    step = max(1, math.ceil(nice_ceiling(longest / 5, FRAME_STEPS)))
    return [value for value in range(0, longest, step) if value <= 0.82 * max(longest - 1, 1)]


def tick_texts(names: Sequence[str]) -> list[str]:
    """Return names of frames as short as ticks have to be: without what all of them begin with.

    A number is not cut in two; what is longer than `MOST_LETTERS` even so keeps its end.
    """
    same = len(list(takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))))
    common = len(names[0][:same].rstrip('0123456789')) if len(names) > 1 else 0
    texts = [name[common:] for name in names]
    return [
        text if len(text) <= MOST_LETTERS else f'..{text[2 - MOST_LETTERS :]}' for text in texts
    ]


def _curve(values: np.ndarray, number: int, x: Axis, y: Axis) -> str:
    frames = thin(values)
    points, data, pen = [], [], 'M'
    for frame in frames:
        value = float(values[frame])
        if not math.isfinite(value):
            pen = 'M'
            data.append(None)
            continue
        # A value between two gaps is a dot: a stroke of no length, with round caps.
        points.append(f'{pen}{x(frame):.1f},{y(value):.1f}' + ('h0' if pen == 'M' else ''))
        data.append(float(f'{value:.4g}'))
        pen = 'L'
    shown = json.dumps(data, separators=(',', ':'))
    which = '' if len(frames) == len(values) else f' data-n="{json.dumps(frames.tolist())}"'
    return f'<path class="curve c{number}" d="{"".join(points)}" data-v="{shown}"{which}/>'
