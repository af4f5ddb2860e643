"""A contact sheet: what a conversion did, at a glance."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from rvm.errors import UserError
from rvm.io.atomic import atomic_write
from rvm.io.image_writer import encode_image
from rvm.io.readers import open_reader

MARGIN, LABEL_HEIGHT = 6, 28
INK, PAPER = (40, 40, 40), (255, 255, 255)


def contact_sheet(
    columns: dict[str, Sequence[np.ndarray]], rows: Sequence[str], cell_width: int = 320
) -> np.ndarray:
    """Lay pictures out as a table.

    Args:
        columns: Title -> pictures [H, W, 3] uint8 RGB, one a row, all of the same size.
        rows: Caption of each row.
        cell_width: Width of a picture in the sheet, in pixels; the aspect is kept.

    Returns:
        [H, W, 3] uint8 RGB.
    """
    first = next(iter(columns.values()))[0]
    cell_height = round(cell_width * first.shape[0] / first.shape[1])
    caption_width = 84
    height = LABEL_HEIGHT + len(rows) * (cell_height + MARGIN)
    width = caption_width + len(columns) * (cell_width + MARGIN)
    sheet = np.full((height, width, 3), PAPER, np.uint8)
    for column, (title, pictures) in enumerate(columns.items()):
        left = caption_width + column * (cell_width + MARGIN)
        _write(sheet, title, (left, LABEL_HEIGHT - 9))
        for row, picture in enumerate(pictures):
            top = LABEL_HEIGHT + row * (cell_height + MARGIN)
            method = cv2.INTER_AREA if picture.shape[1] > cell_width else cv2.INTER_CUBIC
            cell = cv2.resize(picture, (cell_width, cell_height), interpolation=method)
            sheet[top : top + cell_height, left : left + cell_width] = cell
    for row, caption in enumerate(rows):
        _write(sheet, caption, (MARGIN, LABEL_HEIGHT + row * (cell_height + MARGIN) + 18))
    return sheet


def save_contact_sheet(
    sources: dict[str, str | Path], target: str | Path, num_rows: int = 5, cell_width: int = 320
) -> None:
    """Read frames at equal distances from several videos and save their contact sheet as PNG.

    Args:
        sources: Column title -> video or image folder; all have the same number of frames.
        target: .png or .jpg.
        num_rows: Frames shown, the first and the last included.
        cell_width: See `contact_sheet`.

    Raises:
        UserError: The sources have different numbers of frames.
    """
    columns: dict[str, list[np.ndarray]] = {}
    lengths: dict[str, int] = {}
    indices: Iterable[int] = ()
    for title, source in sources.items():
        with open_reader(source) as reader:
            lengths[title] = len(reader)
            indices = np.unique(np.linspace(0, len(reader) - 1, num_rows).round().astype(int))
            columns[title] = list(reader.read(indices))
    if len(set(lengths.values())) > 1:
        raise UserError(f'the columns have different numbers of frames: {lengths}')
    sheet = contact_sheet(columns, [f'frame {index}' for index in indices], cell_width)
    data = encode_image(Path(target), sheet, Path(target).suffix)
    atomic_write(target, lambda partial: partial.write_bytes(data))


def _write(sheet: np.ndarray, text: str, at: tuple[int, int]) -> None:
    cv2.putText(sheet, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, INK, 1, cv2.LINE_AA)
