"""What every report says alike: the rows of the summary, how numbers and measures are written."""

from collections.abc import Mapping
from dataclasses import dataclass

from rvm.evaluation.results import Results
from rvm.evaluation.scoring import MEASURES, Measure

OVER_CLIPS, OVER_FRAMES = 'all, mean over clips', 'all, mean over frames'
ABSENT = '-'
POWERS = {'1e3': '×10³', '1e2': '×10²', '1e-3': '×10⁻³'}
PROTOCOLS = {
    'low': 'for sets of about 512 pixels: Grad on alpha that is stretched to 0..1 first, with Conn',
    'high': 'for larger sets: Grad on alpha as it is, without Conn',
}


@dataclass(frozen=True)
class Row:
    """A line of the summary.

    Attributes:
        name: Of the data set, the way of averaging, or the published method.
        kind: 'dataset', 'all' or 'published'.
        means: Averages by measure.
        num_clips: What they are over; None of published ones.
        num_frames: What they are over; None of published ones.
    """

    name: str
    kind: str
    means: Mapping[str, float | None]
    num_clips: int | None = None
    num_frames: int | None = None


def summary_rows(results: Results) -> list[Row]:
    """Return a row a data set where there are several, two overall, and the published ones."""
    parts = {name: results.of(name) for name in results.datasets}
    rows = [
        Row(name, 'dataset', part.mean(), len(part.clips), part.num_frames)
        for name, part in parts.items()
        if len(parts) > 1
    ]
    counts = len(results.clips), results.num_frames
    rows.append(Row(OVER_CLIPS, 'all', results.mean(), *counts))
    rows.append(Row(OVER_FRAMES, 'all', results.mean_over_frames(), *counts))
    published = [Row(name, 'published', means) for name, means in results.published.items()]
    return rows + published


def measure_of(name: str) -> Measure:
    """Return what is known of a measure; of one that this version has not, its name."""
    return MEASURES.get(name, Measure(name, '', '', ''))


def show(value: float | None) -> str:
    """Write a number as papers do, with two decimals; more where they would hide what is there."""
    if value is None or value != value:
        return ABSENT
    if value == 0 or abs(value) >= 0.1:
        return f'{value:.2f}'
    return f'{value:.4f}' if abs(value) >= 0.001 else f'{value:.1e}'


def change(value: float | None, base: float | None) -> float | None:
    """Return by how many percent a value differs from another; None where that means nothing."""
    if value is None or base is None or (base == 0 and value != 0):
        return None
    return 0.0 if value == base else 100 * (value - base) / base


def show_change(percent: float | None) -> str:
    """Write a change with its sign."""
    if percent is None:
        return ABSENT
    text = f'{percent:+.1f}%'
    return '0.0%' if text in ('+0.0%', '-0.0%') else text


def lowest(values: Mapping[str, float | None]) -> set[str]:
    """Return the runs with the lowest value; none where all are equal, or there is but one.

    Args:
        values: By run; None does not count.
    """
    there = {run: value for run, value in values.items() if value is not None}
    if len(set(there.values())) < 2:
        return set()
    least = min(there.values())
    return {run for run, value in there.items() if value == least}


def lowest_as_shown(values: Mapping[str, float | None]) -> set[str]:
    """Return the runs that are lowest as far as a reader can see, as papers mark them."""
    return lowest({run: None if v is None else float(show(v)) for run, v in values.items()})
