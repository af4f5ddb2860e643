"""What pages share: templates, in which every text is escaped, and the values that fill them."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from rvm.evaluation.report.curves import MOST_POINTS
from rvm.evaluation.report.summary import POWERS, measure_of
from rvm.evaluation.results import ClipResult, Results
from rvm.io.listing import pack_names

TEMPLATES = Path(__file__).parent / 'templates'
SEPARATORS = '/_'
MOST_DOTS = 60
"""Clips of a plot: more are in tables only."""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters['breakable'] = breakable
    return environment


def breakable(text: str) -> Markup:
    """Return a name that may go on in the next line after a separator."""
    return Markup('').join(
        escape(part) + Markup('<wbr>') if part in SEPARATORS else escape(part)
        for part in re.split(f'([{SEPARATORS}])', text)
        if part
    )


def render(template: str, **values: Any) -> str:
    """Fill in a template; all texts are escaped."""
    return _environment().get_template(template).render(values)


def lead(results: Results) -> str:
    """Return the line below a title."""
    datasets = f' in {len(results.datasets)} data sets' if len(results.datasets) > 1 else ''
    clips = f'{len(results.clips):,} clips{datasets}, {results.num_frames:,} frames'
    return f'{clips}, protocol {results.protocol}'


def facts(info: Mapping[str, Any], dated: bool = True) -> list[tuple[str, str]]:
    """Return names and texts of plain values.

    Args:
        info: The values.
        dated: Add the time of writing where they have no date.
    """
    known = dict(info)
    if dated:
        known.setdefault('date', time.strftime('%Y-%m-%d %H:%M'))
    return [
        (name.replace('_', ' '), _plain(value))
        for name, value in known.items()
        if value is not None
    ]


def measure_heads(measures: Sequence[str]) -> list[dict[str, str]]:
    """Return what pages say of each measure."""
    known = [measure_of(name) for name in measures]
    return [
        {'title': one.title, 'power': POWERS.get(one.scale, one.scale), 'meaning': one.meaning}
        for one in known
    ]


def axis_ticks(top: float) -> list[dict[str, Any]]:
    """Return places in percent and texts along an axis of dots."""
    return [{'at': at, 'text': f'{top * at / 100:.4g}'} for at in (0, 50, 100)]


def frame_names(clip: ClipResult) -> str:
    """Return the names of a clip's frames as JSON.

    Names of long clips that count up are packed; there are none of a long clip with others, to keep
    a page small.
    """
    names: dict | list[str] = list(clip.frames)
    if len(names) > MOST_POINTS:
        names = pack_names(names)
    return json.dumps(
        [] if isinstance(names, list) and len(names) > MOST_POINTS else names,
        separators=(',', ':'),
    )


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ', '.join(f'{key} {_plain(inner)}' for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ', '.join(map(_plain, value))
    return f'{value:.4g}' if isinstance(value, float) else str(value)
