"""Checkers of ready-made evaluation clips, and of data sets that bring none of their own."""

from collections.abc import Iterator
from dataclasses import dataclass

from rvm.datasets.evaluation_clips import COLOUR, INPUT, TRUTH, EvaluationClips
from rvm.datasets.frames import FrameSource
from rvm.datasets.inspect.checkers import checks, selected
from rvm.datasets.inspect.fault import FAULT, Fault, Findings, from_error
from rvm.datasets.inspect.folder import CLIPS, list_folder, list_frames, pair
from rvm.datasets.inspect.job import ClipJob, Job, Part
from rvm.datasets.inspect.picture import check_file, digest_ends
from rvm.datasets.record_dataset import RecordDataset
from rvm.errors import UserError


@checks(EvaluationClips)
def check_evaluation_clips(dataset: EvaluationClips) -> Iterator[Fault | Job]:
    """Yield a job for every clip; frames without a composite, or without truth, are faults."""
    names = dataset.datasets
    if names is None:
        listing = list_folder(dataset.folder, CLIPS)
        yield from listing.faults
        names = listing.names
    clips = []
    for name in names:
        listing = list_folder(dataset.folder / name, CLIPS)
        yield from listing.faults
        clips += [f'{name}/{clip}' for clip in listing.names]
    kept, faults = selected(dataset, clips, dataset.folder)
    yield from faults
    for clip in (clip for clip in clips if clip in kept):
        folders = [dataset.folder / clip / kind for kind in (INPUT, TRUTH, COLOUR)]
        wanted = folders if folders[2].is_dir() else folders[:2]
        listings = [list_frames(folder) for folder in wanted]
        for listing in listings:
            yield from listing.faults
        truth, frames = listings[1].names, slice(dataset.max_frames)
        parts = []
        for folder, listing in zip(wanted, listings, strict=True):
            names = truth if folder == wanted[1] else listing.names
            both, faults = pair((wanted[1], folder), (truth, names))
            if truth:  # else that is the fault
                yield from dict.fromkeys(faults)
            channels = 'grey' if folder == wanted[1] else 'rgb'
            parts.append(Part(str(folder), tuple(other for _, other in both[frames]), channels))
        if all(part.names for part in parts):
            yield ClipJob(clip, tuple(parts))


@checks(RecordDataset)
def check_records(dataset: RecordDataset) -> Iterator[Fault | Job]:
    """Yield a job for every record of any data set; its listing ends at its first fault."""
    try:
        dataset.full_init()
    except UserError as error:
        yield from_error('source', dataset.folder, error)
        return
    count = len(dataset.data_address if dataset.serialize_data else dataset.data_list)
    for number in range(count):
        record = dataset.get_data_info(number)
        sources = tuple(value for value in record.values() if isinstance(value, FrameSource))
        if sources:
            yield RecordJob(record['clip'], sources)


@dataclass(frozen=True)
class RecordJob(Job):
    """The frame sources of a record."""

    name: str
    sources: tuple[FrameSource, ...]

    @property
    def num_files(self) -> int:
        """Number of files, or of frames where there are none."""
        return sum(len(list(source.files())) or len(source) for source in self.sources)

    def run(self, quick: bool) -> Findings:
        """Check that the files are there, and load every frame."""
        found = Findings(self.name, self.sources[0].describe(0), frames=len(self.sources[0]))
        for source in self.sources:
            files = list(source.files())
            found.files += len(files) or len(source)
            checked = [check_file(path) for path in files]
            faults = [one for one in checked if isinstance(one, Fault)]
            found.faults += faults
            found.num_bytes += sum(one for one in checked if not isinstance(one, Fault))
            if not faults:
                found.faults += self._load(source, len(files), quick)
        found.faults = list(dict.fromkeys(found.faults))
        if any(one.kind == 'not-a-file' for one in found.faults):
            return found  # it may be a pipe: to open it is to wait for ever
        files = list(self.sources[0].files())
        try:
            found.size = self.sources[0].size()
        except (UserError, OSError, IndexError):
            found.size = None  # `_load` says why
        found.digest = digest_ends(files, quick) if files else None
        return found

    def _load(self, source: FrameSource, num_files: int, quick: bool) -> list[Fault]:
        """Load all frames: one by one where each has its file, else in one go (videos)."""
        numbers = range(min(len(source), 1)) if quick else range(len(source))
        apart = num_files >= len(source)
        faults = []
        for part in [[number] for number in numbers] if apart else [numbers]:
            done = 0
            try:
                for _ in source.load(part):
                    done += 1
            except Exception as error:  # a plugin's: no fault of one source stops the check
                path = source.describe(part[min(done, len(part) - 1)])
                faults.append(_named(path, error))
        return faults


def _named(path: str, error: Exception) -> Fault:
    if isinstance(error, UserError | OSError):
        return from_error('damaged', path, error)
    return Fault('damaged', path, f'{path}: {type(error).__name__}: {error}', FAULT)
