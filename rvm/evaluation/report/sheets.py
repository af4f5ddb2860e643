"""Every frame's values as .csv, and as .xlsx in the layout usual in this field."""

import csv
import math
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from rvm.evaluation.report.summary import measure_of, summary_rows
from rvm.evaluation.results import ClipResult, Results
from rvm.io.atomic import atomic_output

MOST_COLUMNS, MOST_ROWS = 16384, 1048576
"""Of a sheet, as Excel reads it."""
MOST_LETTERS = 31
SHOWN = '0.00'
"""How measured values are shown; the cells hold all their digits."""
SUMMARY = 'summary'
HEADS = ('dataset', 'clip', 'mean')
FRAME = 'frame'


def write_csv(results: Results, path: str | os.PathLike) -> None:
    """Write a line a frame: what it is of, then the measures, empty where there is none."""
    with (
        atomic_output(path) as partial,
        open(partial, 'w', newline='', encoding='utf-8', errors='backslashreplace') as file,
    ):
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(['set', 'protocol', 'dataset', 'clip', 'frame', *results.measures])
        for clip in results.clips:
            columns = [_values(clip, name) for name in results.measures]
            for frame, *values in zip(clip.frames, *columns, strict=True):
                whose = [results.name, results.protocol, clip.dataset, _name(clip)]
                writer.writerow([*whose, frame, *values])


def write_xlsx(results: Results, path: str | os.PathLike) -> None:
    """Write a sheet with a row a measure, and a sheet a measure with a row a clip.

    All cells are values. Frames are called by name: in the first row if all clips share them, else
    in a row above each clip. Clips that are longer than a sheet has columns stand in columns, a row
    a frame; what is longer even than its rows is left out, and the summary says so.
    """
    book = Workbook(write_only=True)
    names = sheet_names([SUMMARY, *results.measures])
    _write_summary(book, names[0], results)
    for title, name in zip(names[1:], results.measures, strict=True):
        _write_measure(book, title, name, results)
    with atomic_output(path) as partial:
        book.save(partial)


def sheet_names(texts: Iterable[str]) -> list[str]:
    """Return legal titles of sheets, different from each other in any case."""
    names: list[str] = []
    for text in texts:
        plain = re.sub(r'[\[\]:*?/\\]', '_', _legal(text)).strip("'") or '_'
        name, number = plain[:MOST_LETTERS], 1
        while name.lower() in [other.lower() for other in names]:
            number += 1
            name = f'{plain[: MOST_LETTERS - len(str(number)) - 1]}_{number}'
        names.append(name)
    return names


def _write_summary(book: Workbook, title: str, results: Results) -> None:
    rows = summary_rows(results)
    heads = [f'published: {row.name}' if row.kind == 'published' else row.name for row in rows]
    sheet = book.create_sheet(title)
    _widen(sheet, [_width(results.measures), 8, *[_width([head]) for head in heads]])
    sheet.freeze_panes = 'C2'
    sheet.append(_cells(sheet, ['measure', 'times', *heads], bold=True))
    for name in results.measures:
        means = [_number(row.means.get(name)) for row in rows]
        sheet.append(_cells(sheet, [name, measure_of(name).scale, *means]))
    sheet.append([])
    counts = {'clips': [row.num_clips for row in rows], 'frames': [row.num_frames for row in rows]}
    for what, values in counts.items():
        sheet.append(_cells(sheet, [what, None, *values]))
    sheet.append([])
    sheet.append(_cells(sheet, ['set', None, results.name]))
    sheet.append(_cells(sheet, ['protocol', None, results.protocol]))
    for note in [*_cut_note(results), *results.notes]:
        sheet.append(_cells(sheet, ['note', None, note]))


def _write_measure(book: Workbook, title: str, name: str, results: Results) -> None:
    longest = _longest(results)
    sheet = book.create_sheet(title)
    clips = [
        [clip.dataset, _name(clip), clip.mean(name), *_values(clip, name)] for clip in results.clips
    ]
    shared = _shared_frames(results.clips)
    lines = []
    for clip, values in zip(results.clips, clips, strict=True):
        if shared is None:
            lines.append([*values[:2], FRAME, *clip.frames])
        lines.append(values)
    heads = [*HEADS, *(shared or [])]
    if longest + len(HEADS) <= MOST_COLUMNS:
        names = _width((frame for clip in results.clips for frame in clip.frames), least=9)
        _widen(
            sheet, [*(_width(clip[n] for clip in clips) for n in (0, 1)), 10, *[names] * longest]
        )
        sheet.freeze_panes = 'D2'
        sheet.append(_cells(sheet, heads, bold=True))
        for line in lines:
            sheet.append(_cells(sheet, line, bold=line[2] == FRAME))
        return
    _widen(sheet, [12, *(_width(line[:2]) for line in lines)])
    sheet.freeze_panes = 'B4'
    for number in range(min(longest + len(HEADS), MOST_ROWS)):
        row = [line[number] if number < len(line) else None for line in [heads, *lines]]
        sheet.append(_cells(sheet, row, bold=number < 2))


def _cut_note(results: Results) -> list[str]:
    if _longest(results) + len(HEADS) <= MOST_ROWS:
        return []
    most = MOST_ROWS - len(HEADS)
    return [f'a sheet ends after {most:,} frames of a clip: the rest is in the .csv only']


def _shared_frames(clips: Sequence[ClipResult]) -> list[str] | None:
    """Return the names of the frames of the longest clip, if all others begin with the same."""
    names = max((clip.frames for clip in clips), key=len, default=[])
    fits = all(list(names[: len(clip.frames)]) == list(clip.frames) for clip in clips)
    return list(names) if fits else None


def _longest(results: Results) -> int:
    return max((len(clip.frames) for clip in results.clips), default=0)


def _cells(sheet: Any, values: Iterable[Any], bold: bool = False) -> Iterator[Any]:
    """Yield cells; a text stays a text, even where it looks like a formula or an error."""
    number = WriteOnlyCell(sheet)  # one for all measured values: each is written before the next
    number.number_format = SHOWN
    for value in values:
        if isinstance(value, float):
            number.value = value
            yield number
        elif isinstance(value, str) or (bold and value is not None):
            cell = WriteOnlyCell(sheet, _legal(value) if isinstance(value, str) else value)
            cell.data_type = 's' if isinstance(value, str) else cell.data_type
            cell.font = Font(bold=bold)
            yield cell
        else:
            yield value


def _legal(text: str) -> str:
    """Replace what a sheet cannot hold: control characters, and bytes that are no text."""
    text = text.encode('utf-8', 'replace').decode('utf-8')
    return ILLEGAL_CHARACTERS_RE.sub('\N{REPLACEMENT CHARACTER}', text)


def _widen(sheet: Any, widths: Sequence[float]) -> None:
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width


def _width(texts: Iterable[str], least: int = 14) -> int:
    """Return the width of a column of texts, in letters."""
    return min(40, max([least, *(len(text) + 2 for text in texts)]))


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)


def _name(clip: ClipResult) -> str:
    return clip.clip.rpartition('/')[2]


def _values(clip: ClipResult, name: str) -> list[float | None]:
    """Return a value a frame, None where there is none."""
    if name not in clip.values:
        return [None] * len(clip.frames)
    return [float(value) if math.isfinite(value) else None for value in clip.values[name]]
