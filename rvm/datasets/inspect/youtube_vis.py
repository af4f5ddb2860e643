"""Checker of YouTubeVIS: the JSON file with its run lengths, and the frames."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rvm.datasets.annotations import category_ids, read_annotations
from rvm.datasets.inspect.checkers import checks, selected
from rvm.datasets.inspect.fault import Fault, Findings, fault, from_error, most_common
from rvm.datasets.inspect.folder import CLIPS, list_folder
from rvm.datasets.inspect.job import Job, Part, check_part
from rvm.datasets.inspect.picture import check_file, digest_ends
from rvm.datasets.rle import counts_from_annotation
from rvm.datasets.youtube_vis import PERSON, WANTED, YouTubeVISDataset
from rvm.errors import DataError


@checks(YouTubeVISDataset)
def check_youtube_vis(dataset: YouTubeVISDataset) -> Iterator[Fault | Job]:
    """Yield a job for every video with a person, and what is wrong with the annotation."""
    folder = dataset.folder / dataset.images
    listing = list_folder(folder, CLIPS)
    yield from listing.faults
    file = dataset.folder / dataset.annotations
    checked = check_file(file)
    if isinstance(checked, Fault):
        yield checked
        return
    try:
        content = read_annotations(file, ('videos', 'annotations', 'categories'), WANTED)
        (person,) = category_ids(content['categories'], [PERSON], file)
        persons: dict[int, list[dict]] = {}
        for annotation in content['annotations']:
            if annotation['category_id'] == person:
                persons.setdefault(annotation['video_id'], []).append(annotation)
    except (DataError, KeyError, TypeError) as error:
        yield from_error('annotation', file, error)
        return
    jobs = []
    for number, video in enumerate(content['videos']):
        try:
            masks = persons.pop(video['id'], [])
            if any(any(person['segmentations']) for person in masks):
                jobs.append(_job(folder, file, video, masks))
        except (KeyError, TypeError, IndexError) as error:
            text = (
                f'lacks {error} in entry {number} of its videos, or in its persons; give {WANTED}'
            )
            yield fault('annotation', file, text)
    for number in persons:
        yield fault('annotation', file, f'has masks of video {number}, which it does not list')
    if not listing.found:
        return
    kept, faults = selected(dataset, [job.name for job in jobs], file)
    yield from faults
    yield from (job for job in jobs if job.name in kept)


def _job(folder: Path, file: Path, video: Mapping, persons: list[dict]) -> 'MaskedVideoJob':
    names = tuple(video['file_names'])
    return MaskedVideoJob(
        str(PurePosixPath(names[0]).parent),
        Part(str(folder), names, size=(video['height'], video['width'])),
        tuple((person.get('id'), person['segmentations']) for person in persons),
        video.get('length', len(names)),
        f'{file}, video {video["id"]}',
        str(file),
    )


@dataclass(frozen=True)
class MaskedVideoJob(Job):
    """The frames of a video and the masks of its persons.

    Attributes:
        name: Of the video's folder.
        frames: The images, with the size that the annotation says.
        persons: (id of the annotation, a mask or None for every frame) of each person.
        length: Number of frames as annotated.
        where: The video in the annotation, for messages.
        annotation: The JSON file.
    """

    name: str
    frames: Part
    persons: tuple[tuple[int | None, list], ...]
    length: int
    where: str
    annotation: str

    @property
    def num_files(self) -> int:
        """Number of frames."""
        return len(self.frames.names)

    def run(self, quick: bool) -> Findings:
        """Read the frames, and decode the masks."""
        files = self.frames.files
        found = Findings(self.name, str(files[0].parent), frames=len(files))
        if self.length != len(files):
            self._add(found, 'length', f'length is {self.length}, with {len(files)} file_names')
        if not files[0].parent.is_dir():
            text = f'does not exist, and {self.annotation} names it'
            found.faults.append(fault('missing', files[0].parent, text))
            found.files += len(files)
        else:
            found.size = most_common(check_part(self.frames, found, quick).sizes)
            found.digest = digest_ends(files, quick)
        for person, masks in self.persons:
            if len(masks) != len(files):
                text = f'annotation {person} has {len(masks)} masks for {len(files)} frames'
                self._add(found, 'length', text)
            for number, mask in enumerate(masks):
                try:
                    if mask is not None:
                        counts_from_annotation(mask, *self.frames.size)
                except (DataError, TypeError, ValueError, OverflowError) as error:
                    text = f'annotation {person}, frame {number}: {error}'
                    self._add(found, 'run-lengths', text)
        return found

    def _add(self, found: Findings, kind: str, text: str) -> None:
        found.faults.append(Fault(kind, self.annotation, f'{self.where}: {text}'))
