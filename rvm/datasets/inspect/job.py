"""One clip, or one still: what a worker process looks at in one go."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rvm.datasets.inspect.fault import Fault, Findings, fault, most_common, show_size, warning
from rvm.datasets.inspect.picture import check_file, check_picture, digest_ends
from rvm.datasets.inspect.video import check_video

DARK = 128
NOISE = 8
"""What lossy codecs make of black, in steps of 255."""
LOSSY = frozenset(['.jpg', '.jpeg', '.jpe', '.jfif'])


class Job(ABC):
    """A picklable piece of work; what it holds open ends with `run`."""

    num_files: int

    @abstractmethod
    def run(self, quick: bool) -> Findings:
        """Return what there is and what is wrong; `quick`: read headers only. Never raises."""


@dataclass(frozen=True)
class Part:
    """One stream of a clip: pictures, or mattes.

    Attributes:
        path: The folder, or the video file.
        names: Files of the folder in order; None for a video file.
        channels: 'rgb', 'grey' (a matte) or 'rgba' (pictures with alpha).
        size: Height and width that an annotation promises; None: those of most frames.
        labels: See `check_picture`.
    """

    path: str
    names: tuple[str, ...] | None
    channels: str = 'rgb'
    size: tuple[int, int] | None = None
    labels: tuple[int, ...] | None = None

    @property
    def files(self) -> list[Path]:
        """All files."""
        return [Path(self.path)] if self.names is None else [Path(self.path, n) for n in self.names]


@dataclass
class Track:
    """What a part turned out to be.

    Attributes:
        sizes: Height and width of every frame, None where it cannot be read.
        low: Smallest value of the mattes, None if there is none.
        high: Largest.
    """

    sizes: list[tuple[int, int] | None]
    low: int | None = None
    high: int | None = None

    def widen(self, low: int | None, high: int | None) -> None:
        """Take in the values of another frame."""
        if low is not None:
            self.low = low if self.low is None else min(self.low, low)
            self.high = high if self.high is None else max(self.high, high)


@dataclass(frozen=True)
class ClipJob(Job):
    """Frames, and their mattes if they have some.

    Attributes:
        name: Of the clip.
        parts: The pictures first; all of equal length and size.
    """

    name: str
    parts: tuple[Part, ...]

    @property
    def num_files(self) -> int:
        """Number of files."""
        return sum(1 if part.names is None else len(part.names) for part in self.parts)

    def run(self, quick: bool) -> Findings:
        """Read every file of the clip."""
        pictures = self.parts[0]
        single = pictures.names is not None and len(pictures.names) == 1
        path = pictures.files[0] if single else pictures.path
        found = Findings(self.name, str(path))
        tracks = [check_part(part, found, quick) for part in self.parts]
        first, *others = (most_common(track.sizes) for track in tracks)
        found.frames, found.size = len(tracks[0].sizes), first
        for part, size, track in zip(self.parts[1:], others, tracks[1:], strict=True):
            apart = None in (part.names, pictures.names)  # frames of folders are paired by name
            if apart and len(track.sizes) != len(tracks[0].sizes) and None not in (size, first):
                text = f'has {len(track.sizes)} frames, and {path} has {len(tracks[0].sizes)}'
                found.faults.append(fault('length', _place(part), text))
            if None not in (size, first) and size != first:
                text = f'has {show_size(size)} pixels, and {path} has {show_size(first)}'
                found.faults.append(fault('size', _place(part), text))
        found.faults += [
            problem
            for part, track in zip(self.parts, tracks, strict=True)
            for problem in [check_values(part, track.low, track.high)]
            if problem is not None
        ]
        found.digest = digest_ends(pictures.files, quick)
        return found


def check_part(part: Part, found: Findings, quick: bool) -> Track:
    """Read all frames of a part; faults and counts go into `found`."""
    track = Track([])
    for path in part.files:
        found.files += 1
        checked = check_file(path)
        if isinstance(checked, Fault):
            found.faults.append(checked)
            track.sizes.append(None)
            continue
        found.num_bytes += checked
        if part.names is None:
            seen = check_video(path, part.channels, quick)
        else:
            seen = check_picture(path, part.channels, quick, part.labels)
        if isinstance(seen, Fault):
            found.faults.append(seen)
            track.sizes.append(None)
            continue
        track.widen(seen.low, seen.high)
        if part.names is None:
            found.faults += seen.faults
            track.sizes += [seen.size] * seen.num_frames
        else:
            track.sizes.append(seen.size)
    found.faults += _odd_sizes(part, track.sizes)
    return track


def check_values(part: Part, low: int | None, high: int | None) -> Fault | None:
    """Return what is wrong with the values of mattes, from 0 to 255, over a whole clip."""
    if low is None:
        return None
    lossy = part.names is None or Path(part.names[0]).suffix.lower() in LOSSY
    place = _place(part)
    if low == high or (lossy and high - low <= NOISE):
        return warning('constant', place, f'is {high} of 255 everywhere, as a matte')
    if high < DARK:
        text = f'is black as a matte: its highest value is {high} of 255'
        return fault('dark', place, text + '; mattes go from 0 to 255')
    return None


def _place(part: Part) -> str:
    single = part.names is not None and len(part.names) == 1
    return str(part.files[0]) if single else part.path


def _odd_sizes(part: Part, sizes: Sequence[tuple[int, int] | None]) -> list[Fault]:
    """Return a fault for every frame of another size than it should have."""
    if part.names is None:
        return []
    wanted = part.size or most_common(sizes)
    why = 'its annotation says' if part.size else 'the other frames of the clip have'
    return [
        fault('size', path, f'has {show_size(size)} pixels where {why} {show_size(wanted)}')
        for path, size in zip(part.files, sizes, strict=True)
        if size is not None and size != wanted
    ]
