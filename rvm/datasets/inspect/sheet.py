"""Pictures of samples with their text: contact sheets, and the frames of a video."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from rvm.datasets.inspect.browse import Shown

PAPER, INK, FAINT, EMPTY = (255, 255, 255), (20, 20, 20), (110, 110, 110), (226, 226, 232)
MARGIN, LABEL_WIDTH, TEXT_SIZE = 6, 34, 13
LINE = TEXT_SIZE + 4
LEAST_WIDTH = 720
MOST_NUMBERS = 8


def draw_sheet(samples: Sequence[Shown], columns: int = 6, cell: int = 160) -> np.ndarray:
    """Lay samples out: a block each, with a row for every stream, and time from left to right.

    The streams of a still stand side by side.

    Args:
        samples: At least one.
        columns: Frames of each sample, at equal distances, the first and the last included.
        cell: Side of a picture's place, in pixels.

    Returns:
        [H, W, 3] uint8 RGB.
    """
    columns = min(columns, max(_length(shown) for shown in samples))
    places = max(columns, *(len(shown.streams) for shown in samples if _length(shown) == 1), 0)
    width = max(LABEL_WIDTH + places * (cell + MARGIN) + MARGIN, LEAST_WIDTH)
    return np.concatenate([_block(shown, columns, cell, width) for shown in samples])


def draw_frame(shown: Shown, number: int, cell: int = 256, text_lines: int = 8) -> np.ndarray:
    """Return one frame of a sample's video: its streams side by side, and the text below.

    Args:
        shown: The sample.
        number: Frame, 0 .. T - 1.
        cell: Side of a picture's place, in pixels.
        text_lines: Room for the text; what does not fit is left out. Frames of one size make a
            video.

    Returns:
        [H, W, 3] uint8 RGB, height and width even.
    """
    width = (len(shown.streams) * (cell + MARGIN) + MARGIN + 1) // 2 * 2
    height = (2 * LINE + cell + 3 * MARGIN + text_lines * LINE + 1) // 2 * 2
    page = Page(width, height)
    page.write(f'{shown.title}   frame {number}', MARGIN, MARGIN)
    for place, (name, frames) in enumerate(shown.streams.items()):
        left = MARGIN + place * (cell + MARGIN)
        page.write(name, left, MARGIN + LINE, FAINT)
        page.put(frames[number], left, MARGIN + 2 * LINE, cell)
    top = 2 * LINE + cell + 2 * MARGIN
    for line in page.wrap(describe(shown.drawn), width - 2 * MARGIN)[:text_lines]:
        page.write(line, MARGIN, top, FAINT)
        top += LINE
    return page.array()


def describe(drawn: Mapping[str, Any]) -> list[str]:
    """Return what was drawn, a text for each name; what did not happen stands in the last one."""
    absent = [name for name, value in drawn.items() if value is None or value is False]
    parts = [
        f'{name} {_value(value)}'.strip() for name, value in drawn.items() if name not in absent
    ]
    return parts + ([f'not: {", ".join(absent)}'] if absent else [])


class Page:
    """A picture that is written on.

    Args:
        width: In pixels.
        height: In pixels.
    """

    def __init__(self, width: int, height: int):
        self.image = Image.new('RGB', (width, height), PAPER)
        self.draw = ImageDraw.Draw(self.image)
        self.font = ImageFont.load_default(TEXT_SIZE)

    def write(self, text: str, left: int, top: int, ink: tuple = INK) -> None:
        """Write a line; `left` and `top` in pixels."""
        self.draw.text((left, top), text, ink, self.font)

    def put(self, picture: np.ndarray, left: int, top: int, cell: int) -> None:
        """Put a picture, [h, w, 3] uint8, into the middle of a place of `cell` pixels."""
        self.draw.rectangle((left, top, left + cell - 1, top + cell - 1), EMPTY)
        height, width = picture.shape[:2]
        place = (left + (cell - width) // 2, top + (cell - height) // 2)
        self.image.paste(Image.fromarray(picture), place)

    def wrap(self, texts: Sequence[str], width: int) -> list[str]:
        """Fill lines of at most `width` pixels; a text is broken only if it has more than one."""
        lines = self._fill([f'{text};' for text in texts[:-1]] + list(texts[-1:]), '   ', width)
        return [
            part for line in lines for part in (self._fill(line.split(' '), ' ', width) or [''])
        ]

    def _fill(self, parts: Sequence[str], between: str, width: int) -> list[str]:
        lines: list[str] = []
        for part in parts:
            longer = f'{lines[-1]}{between}{part}' if lines else ''
            if lines and self.font.getlength(longer) <= width:
                lines[-1] = longer
            else:
                lines.append(part)
        return lines

    def array(self) -> np.ndarray:
        """Return the page, [H, W, 3] uint8 RGB."""
        return np.array(self.image)


def _block(shown: Shown, columns: int, cell: int, width: int) -> np.ndarray:
    still = _length(shown) == 1
    text = Page(1, 1).wrap(describe(shown.drawn), width - 2 * MARGIN)
    rows = 1 if still else len(shown.streams)
    page = Page(width, (len(text) + 2) * LINE + rows * (cell + MARGIN) + 3 * MARGIN)
    page.draw.line((0, 0, width, 0), FAINT)
    page.write(shown.title, MARGIN, MARGIN)
    top = MARGIN + LINE
    for line in text:
        page.write(line, MARGIN, top, FAINT)
        top += LINE
    numbers = np.unique(np.linspace(0, _length(shown) - 1, columns).round().astype(int))
    labels = shown.streams if still else [f't = {number}' for number in numbers]
    for column, label in enumerate(labels):
        page.write(label, LABEL_WIDTH + column * (cell + MARGIN), top, FAINT)
    top += LINE + MARGIN
    for row, (name, frames) in enumerate(shown.streams.items()):
        down, across = (0, row) if still else (row, 0)
        if not still:
            page.write(name, MARGIN, top + down * (cell + MARGIN))
        for column, number in enumerate(numbers, start=across):
            left = LABEL_WIDTH + column * (cell + MARGIN)
            page.put(frames[number], left, top + down * (cell + MARGIN), cell)
    return page.array()


def _length(shown: Shown) -> int:
    return min(len(frames) for frames in shown.streams.values())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        parts = [
            f'{key} {_value(inner)}'.strip() for key, inner in value.items() if inner is not False
        ]
        return f'({", ".join(parts)})'
    if isinstance(value, list | tuple):
        shown = ' '.join(map(_value, value[:MOST_NUMBERS]))
        return f'{shown} ..' if len(value) > MOST_NUMBERS else shown
    if value is True:
        return ''
    return f'{value:.3g}' if isinstance(value, float) else str(value)
