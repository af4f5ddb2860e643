"""report.html: one file that holds all it needs, legible anywhere and without a script."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rvm.evaluation.report.curves import draw_curves, nice_ceiling
from rvm.evaluation.report.markup import (
    MOST_DOTS,
    axis_ticks,
    facts,
    frame_names,
    lead,
    measure_heads,
    render,
)
from rvm.evaluation.report.summary import (
    PROTOCOLS,
    measure_of,
    show,
    summary_rows,
)
from rvm.evaluation.results import ClipResult, Results
from rvm.evaluation.scoring import APART, main_measure
from rvm.evaluation.strips import FULL_SCALE, Strip, picture_boxes, scale_colours
from rvm.io.jpeg import jpeg_size

OPEN_CLIPS = 3
"""Shown from the start, the worst; the others open at a click, and for printing."""
MARKS = 3
"""Worst frames to mark where no pictures say which."""
RANGE = (10, 90)
"""Percent of the frames below the ends of a clip's line."""


def report_page(results: Results) -> str:
    """Return the report as HTML: summary, clips with the worst first, curves and pictures."""
    main = main_measure(results.measures)
    order = worst_first(results.clips, main)
    ids = {id(clip): f'clip-{number}' for number, clip in enumerate(order)}
    kinds = [row.kind for row in summary_rows(results)]
    rows = [
        {
            'name': row.name,
            'kind': row.kind,
            'is_first': number > 0 and kinds[number] != kinds[number - 1],
            'num_clips': '' if row.num_clips is None else f'{row.num_clips:,}',
            'num_frames': '' if row.num_frames is None else f'{row.num_frames:,}',
            'cells': [show(row.means.get(name)) for name in results.measures],
        }
        for number, row in enumerate(summary_rows(results))
    ]
    has_strips = any(clip.strips for clip in order)
    return render(
        'report.html',
        title=results.name,
        lead=lead(results),
        facts=facts(results.info),
        notes=results.notes,
        measures=measure_heads(results.measures),
        protocol=results.protocol,
        meaning=PROTOCOLS[results.protocol],
        rows=rows,
        has_published=bool(results.published),
        plot=_overview(order, main, ids),
        clips=[_clip(clip, ids[id(clip)], results.measures, main) for clip in order],
        marks='frames pictured below the charts' if has_strips else 'the worst frames',
        open_clips=OPEN_CLIPS,
        colours=','.join(scale_colours()),
        full_scale=FULL_SCALE,
    )


def worst_first(clips: Sequence[ClipResult], measure: str) -> list[ClipResult]:
    """Sort clips by a measure; those without come last."""
    means = {id(clip): clip.mean(measure) for clip in clips}
    return sorted(clips, key=lambda clip: -(means[id(clip)] or 0))


def _overview(clips: Sequence[ClipResult], measure: str, ids: Mapping[int, str]) -> dict[str, Any]:
    """Return the dots of a measure, a row a clip."""
    shown = [clip for clip in clips if clip.mean(measure) is not None]
    spans = [np.nanpercentile(clip.values[measure], RANGE) for clip in shown]
    means = [clip.mean(measure) for clip in shown]
    top = nice_ceiling(max([*means, *(high for _, high in spans)], default=1))
    rows = [
        {
            'id': ids[id(clip)],
            'name': clip.clip,
            'text': show(mean),
            'range': [round(100 * low / top, 2), round(100 * (high - low) / top, 2)],
            'dots': [{'number': 0, 'at': round(100 * mean / top, 2)}],
        }
        for clip, mean, (low, high) in zip(shown, means, spans, strict=True)
    ]
    return {
        'title': measure_of(measure).title,
        'ticks': axis_ticks(top),
        'rows': rows[:MOST_DOTS],
        'rest': f'{len(rows) - MOST_DOTS} more clips, all better than these, are in the table.'
        if len(rows) > MOST_DOTS
        else '',
    }


def _clip(clip: ClipResult, place: str, measures: Sequence[str], main: str) -> dict[str, Any]:
    height, width = clip.size
    means = {name: clip.mean(name) for name in measures}
    marks = [strip.number for strip in clip.strips] or worst_frames(clip.values.get(main))
    return {
        'id': place,
        'name': clip.clip,
        'num_frames': len(clip.frames),
        'pixels': width * height,
        'size': f'{width}×{height}',
        'cells': [{'sort': _sort_key(mean), 'text': show(mean)} for mean in means.values()],
        'worst': clip.frames[marks[0]] if marks else '',
        'frames': frame_names(clip),
        'line': f'{len(clip.frames):,} frames, {width}×{height}, '
        f'{measure_of(main).title} {show(means[main])}',
        'charts': [
            _chart(clip, name, means[name], marks) for name in measures if means[name] is not None
        ],
        'strips': [_strip(strip, f'{place}-{rank}') for rank, strip in enumerate(clip.strips)],
    }


def _chart(clip: ClipResult, name: str, mean: float, marks: Sequence[int]) -> dict[str, Any]:
    (head,) = measure_heads([name])
    values = clip.values[name]
    worst = clip.frames[int(np.nanargmax(values))]
    label = (
        f'{head["title"]} of {clip.clip} by frame: mean {show(mean)}, '
        f'highest {show(float(np.nanmax(values)))} at frame {worst}'
    )
    svg = draw_curves([values], label, marks, mean, clip.frames)
    return {**head, 'readout': f'mean {show(mean)}', 'svg': svg}


def worst_frames(values: np.ndarray | None, count: int = MARKS) -> list[int]:
    """Return the numbers of the highest values, the highest first, no two of them neighbours.

    Args:
        values: [T], NaN where there is none; None if there are none at all.
        count: Numbers to return, at most.
    """
    if values is None:
        return []
    found: list[int] = []
    for frame in np.argsort(-np.nan_to_num(values, nan=-1), kind='stable'):
        if len(found) == count or not values[frame] > 0:
            break
        if all(abs(int(frame) - other) >= APART for other in found):
            found.append(int(frame))
    return found


def _strip(strip: Strip, place: str) -> dict[str, Any]:
    height, width = jpeg_size(strip.jpeg)
    return {
        'id': place,
        'frame': strip.frame,
        'value': show(strip.value),
        'title': strip.title,
        'width': width,
        'height': height,
        'uri': 'data:image/jpeg;base64,' + base64.b64encode(strip.jpeg).decode('ascii'),
        'tiles': [
            {'name': name, 'left': left, 'width': each}
            for name, left, each in picture_boxes(width, strip.has_src)
        ],
    }


def _sort_key(mean: float | None) -> str:
    return '' if mean is None else f'{mean:.7g}'
