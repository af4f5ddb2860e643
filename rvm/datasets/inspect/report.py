"""The report of a check: what was found, as text and as plain values."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from rvm.datasets.inspect.fault import FAULT, Fault, Findings, show_size
from rvm.datasets.inspect.sources import Source
from rvm.io.listing import name_some

MOST_SIZES = 4
ACROSS = 'across the sources'


@dataclass
class Section:
    """One source: its numbers and its faults.

    Attributes:
        name: Class and folder.
        places: Where configs use it.
        loaders: The loaders of these places.
        clips: Number of clips that were looked at.
        frames: Number of pictures, mattes not counted.
        files: Number of files.
        num_bytes: Their size.
        sizes: 'WxH' -> number of clips.
        faults: What is wrong, faults first.
    """

    name: str
    places: list[str] = field(default_factory=list)
    loaders: list[str] = field(default_factory=list)
    clips: int = 0
    frames: int = 0
    files: int = 0
    num_bytes: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @classmethod
    def of(cls, source: Source, clips: Sequence[Findings], faults: Sequence[Fault]) -> 'Section':
        """Sum up what was found of a source."""
        sizes = Counter(show_size(clip.size) for clip in clips if clip.size is not None)
        return cls(
            name=source.name,
            places=[use.place for use in source.uses],
            loaders=list(dict.fromkeys(use.loader for use in source.uses)),
            clips=len(clips),
            frames=sum(clip.frames for clip in clips),
            files=sum(clip.files for clip in clips),
            num_bytes=sum(clip.num_bytes for clip in clips),
            sizes=dict(sizes.most_common()),
            faults=_ordered(faults),
        )


@dataclass
class Report:
    """What a check found.

    Attributes:
        quick: Whether only headers were read.
        sections: One a source.
        faults: What concerns more than one source, or the config.
    """

    quick: bool
    sections: list[Section]
    faults: list[Fault]

    def count(self, severity: str) -> int:
        """Return the number of faults, or of warnings."""
        found = [*self.faults, *(one for section in self.sections for one in section.faults)]
        return sum(one.severity == severity for one in found)

    def to_dict(self) -> dict:
        """Return the report as plain values, for JSON."""
        return {
            'quick': self.quick,
            'faults': self.count('fault'),
            'warnings': self.count('warning'),
            'sources': [asdict(section) for section in self.sections],
            'across': [asdict(found) for found in self.faults],
            'passes': {
                name: dict(zip(('clips', 'frames', 'files', 'num_bytes'), numbers, strict=True))
                for name, numbers in self._passes().items()
            },
        }

    def to_text(self) -> str:
        """Return the report for people: every path with what is wrong with it, by source."""
        lines = []
        for section in self.sections:
            lines += [section.name, f'  used by {", ".join(section.places)}']
            lines.append(f'  {_numbers(section.clips, section.frames, section.num_bytes)}')
            shown = [f'{size} ({count})' for size, count in section.sizes.items()]
            if shown:
                lines.append(f'  {name_some(shown, most=MOST_SIZES)}')
            lines += [*map(_line, section.faults), '']
        if self.faults:
            lines += [ACROSS, *map(_line, _ordered(self.faults)), '']
        for name, (clips, frames, _, num_bytes) in self._passes().items():
            lines.append(f'{name}: {_numbers(clips, frames, num_bytes)}')
        how = ' (headers only)' if self.quick else ''
        counts = [f'{self.count(kind)} {kind}s' for kind in ('fault', 'warning')]
        return '\n'.join([*lines, f'{" and ".join(counts)}{how}']) + '\n'

    def _passes(self) -> dict[str, tuple[int, int, int, int]]:
        names = dict.fromkeys(name for section in self.sections for name in section.loaders)
        return {
            name: tuple(
                sum(getattr(section, key) for section in self.sections if name in section.loaders)
                for key in ('clips', 'frames', 'files', 'num_bytes')
            )
            for name in names
        }


def _numbers(clips: int, frames: int, num_bytes: int) -> str:
    size = f'{num_bytes / 1e9:.2f} GB' if num_bytes >= 1e8 else f'{num_bytes / 1e6:.2f} MB'
    return f'{clips:,} clips, {frames:,} frames, {size}'


def _line(found: Fault) -> str:
    return f'  {found.severity:7} {found.kind}: {found.text}'


def _ordered(faults: Sequence[Fault]) -> list[Fault]:
    return sorted(dict.fromkeys(faults), key=lambda found: found.severity != FAULT)
