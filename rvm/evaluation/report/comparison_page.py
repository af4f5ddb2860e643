"""The page of `tools/compare.py`: one file, like report.html."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rvm.errors import ConfigError
from rvm.evaluation.report.comparison import Comparison, Group
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
from rvm.evaluation.report.summary import PROTOCOLS, change, show, show_change
from rvm.evaluation.report.write import one_sentence, write_text
from rvm.evaluation.results import ClipResult, Results
from rvm.evaluation.scoring import main_measure

MOST_RUNS = 6
"""As many as can be told apart by colour."""
OPEN_CLIPS = 3

Clips = Mapping[str, ClipResult]
"""A clip by run."""


def write_comparison(comparison: Comparison, path: str | os.PathLike) -> None:
    """Write the page of a comparison, complete or not at all.

    Raises:
        ConfigError: There are more than `MOST_RUNS` runs.
        MediaError: The file cannot be written.
    """
    page = comparison_page(comparison)
    with one_sentence(Path(path)):
        write_text(page, path)


def comparison_page(comparison: Comparison) -> str:
    """Return the page as HTML: the table, the clips' means as dots, and their curves overlaid."""
    if len(comparison.runs) > MOST_RUNS:
        raise ConfigError(
            f'{len(comparison.runs)} runs are too many for a page of curves; name at most '
            f'{MOST_RUNS}, or leave out --out'
        )
    measures = comparison.measures
    main = main_measure(measures)
    clips = sorted(comparison.clips(), key=lambda clip: -_spread(clip, main))
    ids = [f'clip-{number}' for number in range(len(clips))]
    first = comparison.first
    common, own = _facts(comparison.runs)
    return render(
        'comparison.html',
        title=f'{first.name}: {len(comparison.runs)} runs',
        lead=lead(first),
        runs=list(comparison.runs),
        common=common,
        facts=own,
        notes=comparison.notes(),
        measures=measure_heads(measures),
        protocol=first.protocol,
        meaning=PROTOCOLS[first.protocol],
        groups=[_group(comparison, group) for group in comparison.groups()],
        published=[
            {'name': name, 'cells': [show(means.get(measure)) for measure in measures]}
            for name, means in comparison.published().items()
        ],
        has_published=bool(comparison.published()),
        plots=[_dumbbells(name, clips, ids) for name in measures if _is_there(name, clips)],
        main=measure_heads([main])[0],
        clips=[
            _clip(comparison, clip, place, main) for clip, place in zip(clips, ids, strict=True)
        ],
        open_clips=OPEN_CLIPS,
    )


def _facts(runs: Mapping[str, Results]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return what is the same in all runs, and for each run a text of what is not."""
    known = [facts({'set': one.name, **one.info}, dated=False) for one in runs.values()]
    common = [pair for pair in known[0] if all(pair in other for other in known)]
    own = [
        ', '.join(f'{name}: {text}' for name, text in pairs if (name, text) not in common)
        for pairs in known
    ]
    return common, list(zip(runs, own, strict=True))


def _group(comparison: Comparison, group: Group) -> dict[str, Any]:
    measures = comparison.measures
    return {
        'name': group.name,
        'counts': f'{group.num_clips:,} clips, {group.num_frames:,} frames',
        'lines': [
            {
                'run': line.run,
                'cells': [
                    {'text': show(line.means[name]), 'is_best': name in line.best}
                    for name in measures
                ],
                'changes': [show_change(line.changes[name]) for name in measures]
                if line.run != comparison.first_name
                else [],
                'wins': [line.wins[name] for name in measures] if line.wins else [],
            }
            for line in group.lines
        ],
    }


def _values(clip: Clips, measure: str) -> list[float | None]:
    return [one.mean(measure) for one in clip.values()]


def _spread(clip: Clips, measure: str) -> float:
    values = [value for value in _values(clip, measure) if value is not None]
    return max(values) - min(values) if values else -1.0


def _is_there(measure: str, clips: Sequence[Clips]) -> bool:
    return any(value is not None for clip in clips for value in _values(clip, measure))


def _dumbbells(measure: str, clips: Sequence[Clips], ids: Sequence[str]) -> dict[str, Any]:
    """Return a measure's dots: a row a clip, a dot a run, a line from the lowest to the highest."""
    every = [value for clip in clips for value in _values(clip, measure) if value is not None]
    top = nice_ceiling(max(every))
    rows = []
    order = sorted(zip(clips, ids, strict=True), key=lambda pair: -_spread(pair[0], measure))
    for clip, place in order:
        values = _values(clip, measure)
        there = [value for value in values if value is not None]
        if there:
            low, high = min(there), max(there)
            rows.append(
                {
                    'id': place,
                    'name': next(iter(clip.values())).clip,
                    'text': _change_text(values),
                    'range': [round(100 * low / top, 2), round(100 * (high - low) / top, 2)],
                    'dots': [
                        {'number': number, 'at': round(100 * value / top, 2)}
                        for number, value in enumerate(values)
                        if value is not None
                    ],
                }
            )
    return {
        **measure_heads([measure])[0],
        'ticks': axis_ticks(top),
        'rows': rows[:MOST_DOTS],
        'rest': f'In {len(rows) - MOST_DOTS} more clips the runs differ less.'
        if len(rows) > MOST_DOTS
        else '',
    }


def _change_text(values: Sequence[float | None]) -> str:
    """Return the change from the first of two runs; nothing where there are more."""
    return show_change(change(values[1], values[0])) if len(values) == 2 else ''


def _clip(comparison: Comparison, clip: Clips, place: str, main: str) -> dict[str, Any]:
    one = clip[comparison.first_name]
    means = _values(clip, main)
    return {
        'id': place,
        'name': one.clip,
        'frames': frame_names(one),
        'line': f'{len(one.frames):,} frames, {measure_heads([main])[0]["title"]} '
        + ' / '.join(map(show, means)),
        'cells': [{'sort': '' if m is None else f'{m:.7g}', 'text': show(m)} for m in means],
        'changes': [
            {
                'sort': '' if percent is None else f'{percent:.7g}',
                'text': show_change(percent),
            }
            for percent in (change(mean, means[0]) for mean in means[1:])
        ],
        'charts': [_chart(clip, name) for name in comparison.measures if _is_there(name, [clip])],
    }


def _chart(clip: Clips, name: str) -> dict[str, Any]:
    (head,) = measure_heads([name])
    runs = ', '.join(f'{run} {show(one.mean(name))}' for run, one in clip.items())
    one = next(iter(clip.values()))
    curves = [result.values.get(name, np.full(len(one.frames), np.nan)) for result in clip.values()]
    label = f'{head["title"]} of {one.clip} by frame: means {runs}'
    return {
        **head,
        'readout': ' / '.join(map(show, _values(clip, name))),
        'svg': draw_curves(curves, label, names=one.frames),
    }
