"""Tables for the terminal: plain text in aligned columns."""

import textwrap
from collections.abc import Sequence

from rvm.evaluation.report.summary import (
    PROTOCOLS,
    Row,
    measure_of,
    show,
    summary_rows,
)
from rvm.evaluation.results import Results

WIDTH = 100
SHORTEST_LABEL = 16
BETWEEN = '  '
PUBLISHED = (
    'Published rows are of the published clips, and can be compared with rows of those only.'
)
RULE = None
"""Stands for a line across the table, among its rows."""

Cells = Sequence[str]


def terminal_table(results: Results, width: int | None = None) -> str:
    """Return the averages of a test set as a table: data sets, overall, published rows, notes.

    Args:
        results: What was found.
        width: Most characters a line; None for `WIDTH`. What has no room stands in a second table.
    """
    width = width or WIDTH
    rows = summary_rows(results)
    body: list[Cells | None] = []
    for before, row in zip([None, *rows], rows, strict=False):
        if before is None or row.kind != before.kind:
            body.append(RULE)
            body += [['published:']] if row.kind == 'published' else []
        body.append(_cells(row, results.measures))
    heads = [
        ['', 'clips', 'frames', *(measure_of(name).title for name in results.measures)],
        ['times', '', '', *(measure_of(name).scale for name in results.measures)],
    ]
    only = f' of {results.datasets[0]}' if len(results.datasets) == 1 else ''
    clips, frames = len(results.clips), results.num_frames
    title = f'{results.name}: {clips:,} clips{only}, {frames:,} frames, protocol {results.protocol}'
    notes = [
        "Lower is better. A data set's row is the mean over its clips of their means over frames.",
        f'Protocol {results.protocol}: {PROTOCOLS[results.protocol]}.',
        *[PUBLISHED] * bool(results.published),
        *results.notes,
    ]
    lines = [*wrap([title], width), *lay_out([*heads, *body], width, fixed=3), *wrap(notes, width)]
    return '\n'.join(lines) + '\n'


def lay_out(rows: Sequence[Cells | None], width: int, fixed: int = 1) -> list[str]:
    """Align columns, the first to the left and the others to the right.

    Args:
        rows: Cells of each line, the first row has all columns; `RULE` for a line across. What
            stands alone in its row is a heading, which may run across the columns.
        width: Most characters a line: labels are shortened first, and then the columns are spread
            over several tables.
        fixed: Columns that each of these tables begins with.
    """
    count = len(rows[0])
    body = [row for row in rows if row is not None and not _is_heading(row, count)]
    widths = [max(len(row[column]) for row in body) for column in range(count)]
    room = [size + len(BETWEEN) for size in widths]
    label = min(widths[0], max(SHORTEST_LABEL, width - sum(room[1:])))
    blocks: list[list[int]] = []
    for column in range(fixed, count):
        taken = label + sum(room[1:fixed]) + room[column]
        if not blocks or taken + sum(room[other] for other in blocks[-1]) > width:
            blocks.append([])
        blocks[-1].append(column)
    lines: list[str] = []
    for block in blocks or [[]]:
        columns = [*range(1, fixed), *block]
        across = '-' * (label + sum(room[column] for column in columns))
        lines += [''] if lines else []
        for row in rows:
            if row is None or _is_heading(row, count):
                lines.append(across if row is None else _shorten(row[0], width).rstrip())
                continue
            cells = [_shorten(row[0], label), *(row[c].rjust(widths[c]) for c in columns)]
            lines.append(BETWEEN.join(cells).rstrip())
        lines.append(across)
    return lines


def _is_heading(row: Cells, count: int) -> bool:
    return len(row) == 1 < count


def wrap(sentences: Sequence[str], width: int) -> list[str]:
    """Break sentences into lines of at most `width` characters."""
    return [line for sentence in sentences for line in textwrap.wrap(sentence, width)]


def _cells(row: Row, measures: Sequence[str]) -> list[str]:
    counts = [
        f'{count:,}' if count is not None else '' for count in (row.num_clips, row.num_frames)
    ]
    name = f'  {row.name}' if row.kind == 'published' else row.name
    return [name, *counts, *(show(row.means.get(name)) for name in measures)]


def _shorten(text: str, width: int) -> str:
    """Leave out the middle: names of clips and runs differ at their ends."""
    if len(text) <= width:
        return text.ljust(width)
    tail = (width - 2) // 2
    return f'{text[: width - 2 - tail]}..{text[-tail:]}'
