"""Several runs over one test set, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rvm.evaluation.report.summary import (
    ABSENT,
    OVER_CLIPS,
    OVER_FRAMES,
    change,
    lowest,
    lowest_as_shown,
    measure_of,
    show,
    show_change,
)
from rvm.evaluation.report.table import PUBLISHED, RULE, WIDTH, Cells, lay_out, wrap
from rvm.evaluation.results import ClipResult, Means, Results, check_equal_sets

BEST = '*'


@dataclass(frozen=True)
class Line:
    """A run's numbers in a group, by measure.

    Attributes:
        run: Its name.
        means: Averages.
        changes: Percent from the first run's averages.
        best: Measures in which no run is lower, to the decimals that are shown.
        wins: Clips in which no other run is as low; empty where the average is not over clips.
    """

    run: str
    means: Means
    changes: Means
    best: frozenset[str]
    wins: Mapping[str, int]


@dataclass(frozen=True)
class Group:
    """A data set, or a way of averaging over all.

    Attributes:
        name: As in the summary of a single run.
        num_clips: Clips in it.
        num_frames: Frames in it.
        lines: One a run.
    """

    name: str
    num_clips: int
    num_frames: int
    lines: list[Line]


class Comparison:
    """Runs over the same clips, in one protocol.

    Args:
        runs: Name -> what was found; the first is what the others are compared with.

    Raises:
        DataError: The clips, their lengths or the protocols differ.
    """

    def __init__(self, runs: Mapping[str, Results]):
        check_equal_sets(runs)
        self.runs = dict(runs)
        self.first_name, self.first = next(iter(self.runs.items()))
        self.measures = tuple(
            dict.fromkeys(name for results in self.runs.values() for name in results.measures)
        )

    def groups(self) -> list[Group]:
        """Return data sets where there are several, then all by clips and by frames."""
        datasets = self.first.datasets
        groups = [self._group(name, name) for name in datasets if len(datasets) > 1]
        return [*groups, self._group(OVER_CLIPS), self._group(OVER_FRAMES)]

    def clips(self) -> list[dict[str, ClipResult]]:
        """Return each clip by run, in the order of the first run."""
        found = {run: {clip.clip: clip for clip in one.clips} for run, one in self.runs.items()}
        return [{run: found[run][clip.clip] for run in found} for clip in self.first.clips]

    def published(self) -> dict[str, dict[str, float]]:
        """Return the published rows of all runs, each once."""
        rows: dict[str, dict[str, float]] = {}
        for run, results in self.runs.items():
            for name, means in results.published.items():
                rows[name if rows.get(name, means) == means else f'{name} ({run})'] = means
        return rows

    def notes(self) -> list[str]:
        """Return the notes of all runs; whose they are is said where they are not everybody's.

        Sets of different names may be one set in two folders: that is said, not refused.
        """
        said: dict[str, list[str]] = {}
        names = {run: results.name for run, results in self.runs.items()}
        if len(set(names.values())) > 1:
            shown = ', '.join(f'{name} ({run})' for run, name in names.items())
            said[f'The sets are called differently, they should be the same: {shown}.'] = [*names]
        for run, results in self.runs.items():
            for note in results.notes:
                said.setdefault(note, []).append(run)
        return [
            note if len(runs) == len(self.runs) else f'{", ".join(runs)}: {note}'
            for note, runs in said.items()
        ]

    def _group(self, name: str, dataset: str | None = None) -> Group:
        parts = {
            run: results if dataset is None else results.of(dataset)
            for run, results in self.runs.items()
        }
        over_frames = name == OVER_FRAMES
        means = {
            run: self._all_measures(part.mean_over_frames() if over_frames else part.mean())
            for run, part in parts.items()
        }
        best = {
            measure: lowest_as_shown({run: row[measure] for run, row in means.items()})
            for measure in self.measures
        }
        wins = {} if over_frames else self._wins(dataset)
        base = means[self.first_name]
        lines = [
            Line(
                run,
                row,
                {measure: change(row[measure], base[measure]) for measure in self.measures},
                frozenset(measure for measure in self.measures if run in best[measure]),
                wins.get(run, {}),
            )
            for run, row in means.items()
        ]
        one = parts[self.first_name]
        return Group(name, len(one.clips), one.num_frames, lines)

    def _all_measures(self, means: Means) -> Means:
        return {measure: means.get(measure) for measure in self.measures}

    def _wins(self, dataset: str | None) -> dict[str, dict[str, int]]:
        wins = {run: dict.fromkeys(self.measures, 0) for run in self.runs}
        for clip in self.clips():
            if dataset is not None and clip[self.first_name].dataset != dataset:
                continue
            for measure in self.measures:
                best = lowest({run: one.mean(measure) for run, one in clip.items()})
                if len(best) == 1:
                    wins[best.pop()][measure] += 1
        return wins


def comparison_table(comparison: Comparison, width: int | None = None) -> str:
    """Return runs side by side as a table for the terminal.

    Args:
        comparison: The runs.
        width: Most characters a line; None for 100. What has no room stands in a second table.
    """
    width = width or WIDTH
    measures = comparison.measures
    rows: list[Cells | None] = [
        ['', *(measure_of(name).title for name in measures)],
        ['times', *(measure_of(name).scale for name in measures)],
    ]
    for group in comparison.groups():
        rows += [RULE, [f'{group.name} ({group.num_clips:,} clips, {group.num_frames:,} frames)']]
        for line in group.lines:
            rows += _lines(comparison, group, line)
    published = comparison.published()
    rows += [RULE, ['published:']] if published else []
    for name, means in published.items():
        rows.append([f'  {name}', *(f'{show(means.get(measure))} ' for measure in measures)])
    first = comparison.first
    title = (
        f'{first.name}: {len(comparison.runs)} runs, {len(first.clips):,} clips, '
        f'{first.num_frames:,} frames, protocol {first.protocol}'
    )
    notes = [
        f'Lower is better; {BEST} marks the lowest. Changes are from {comparison.first_name}. '
        'A clip is won by the run that alone is lowest in it.',
        *[PUBLISHED] * bool(published),
        *comparison.notes(),
    ]
    lines = [*wrap([title], width), *lay_out(rows, width), *wrap(notes, width)]
    return '\n'.join(lines) + '\n'


def _lines(comparison: Comparison, group: Group, line: Line) -> Sequence[Cells]:
    measures = comparison.measures
    marked = [
        show(line.means[measure]) + (BEST if measure in line.best else ' ') for measure in measures
    ]
    rows = [[f'  {line.run}', *marked]]
    if line.run != comparison.first_name:
        rows.append(['    change', *(_mark(show_change(line.changes[name])) for name in measures)])
    if line.wins:
        rows.append(['    clips won', *(f'{line.wins[measure]} ' for measure in measures)])
    return rows


def _mark(text: str) -> str:
    """Align signs of percent with the marks of the best, and other texts with the numbers."""
    return text if text != ABSENT else f'{text} '
