"""Checker of COCO's panoptic annotation: the JSON file, the PNG files, the images."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rvm.datasets.annotations import category_ids, read_annotations
from rvm.datasets.coco_panoptic import WANTED, CocoPanopticDataset
from rvm.datasets.inspect.checkers import checks, selected
from rvm.datasets.inspect.fault import Fault, Findings, fault, from_error, show_size
from rvm.datasets.inspect.folder import list_folder
from rvm.datasets.inspect.job import Job, Part, check_part
from rvm.datasets.inspect.picture import check_file, check_picture, digest_files
from rvm.errors import DataError, MediaError
from rvm.io import read_image
from rvm.io.listing import name_some

VOID = 0
"""Number of the pixels that belong to no segment."""


@checks(CocoPanopticDataset)
def check_coco(dataset: CocoPanopticDataset) -> Iterator[Fault | Job]:
    """Yield a job for every image with a person, and what is wrong with the annotation."""
    folders = [dataset.folder / name for name in (dataset.images, dataset.panoptic)]
    listings = [list_folder(folder) for folder in folders]
    for listing in listings:
        yield from listing.faults
    file = dataset.folder / dataset.annotations
    checked = check_file(file)
    if isinstance(checked, Fault):
        yield checked
        return
    try:
        content = read_annotations(file, ('images', 'annotations', 'categories'), WANTED)
        if 'segments_info' not in content['annotations'][0]:
            raise DataError(f'{file} holds instances or captions, not segments; give {WANTED}')
        wanted = category_ids(content['categories'], [dataset.person, *dataset.belongings], file)
    except (DataError, KeyError, TypeError) as error:
        yield from_error('annotation', file, error)
        return
    jobs, faults = _jobs(content, wanted, folders, file)
    yield from faults
    if not all(listing.found for listing in listings):
        return
    kept, faults = selected(dataset, [job.name for job in jobs], file)
    yield from faults
    yield from (job for job in jobs if job.name in kept)


def _jobs(
    content: dict, wanted: list[int], folders: list[Path], file: Path
) -> tuple[list['PanopticJob'], list[Fault]]:
    images = {image['id']: image for image in content['images'] if 'id' in image}
    jobs, faults = [], []
    for number, annotation in enumerate(content['annotations']):
        try:
            segments = annotation['segments_info']
            chosen = [
                segment
                for segment in segments
                if segment['category_id'] in wanted and not segment.get('iscrowd', 0)
            ]
            if not any(segment['category_id'] == wanted[0] for segment in chosen):
                continue
            image = images[annotation['image_id']]
            job = PanopticJob(
                image['file_name'],
                Part(
                    str(folders[0]), (image['file_name'],), size=(image['height'], image['width'])
                ),
                folders[1] / annotation['file_name'],
                tuple(segment['id'] for segment in segments),
                str(file),
            )
        except (KeyError, TypeError) as error:
            text = (
                f'lacks {error} in entry {number} of its annotations, or its image; give {WANTED}'
            )
            faults.append(fault('annotation', file, text))
            continue
        jobs.append(job)
    return jobs, faults


@dataclass(frozen=True)
class PanopticJob(Job):
    """An image and its panoptic PNG file.

    Attributes:
        name: Of the image.
        image: The image, with the size that the annotation says.
        panoptic: The PNG file.
        numbers: Segments that the annotation lists for it.
        annotation: The JSON file, for messages.
    """

    name: str
    image: Part
    panoptic: Path
    numbers: tuple[int, ...]
    annotation: str
    num_files = 2

    def run(self, quick: bool) -> Findings:
        """Read both files, and compare the segments."""
        found = Findings(self.name, str(self.image.files[0]), frames=1)
        found.size = check_part(self.image, found, quick).sizes[0]
        found.digest = digest_files(self.image.files, quick)
        found.files += 1
        checked = check_file(self.panoptic)
        if isinstance(checked, Fault):
            found.faults.append(checked)
            return found
        found.num_bytes += checked
        seen = check_picture(self.panoptic, 'rgb', quick=True)
        if isinstance(seen, Fault):
            found.faults.append(seen)
        elif seen.size != self.image.size:
            text = f'has {show_size(seen.size)} pixels where its annotation says '
            text += show_size(self.image.size)
            found.faults.append(fault('size', self.panoptic, text))
        if not quick and not isinstance(seen, Fault):
            found.faults += self._segments()
        return found

    def _segments(self) -> list[Fault]:
        try:
            image = read_image(self.panoptic).astype(np.uint32)
        except MediaError as error:
            return [from_error('damaged', self.panoptic, error)]
        there = set(np.unique(image @ np.array([1, 256, 65536], np.uint32)).tolist()) - {VOID}
        listed = set(self.numbers)
        faults = []
        for numbers, text in (
            (listed - there, f'lacks segments that {self.annotation} lists'),
            (there - listed, f'has segments that {self.annotation} does not list'),
        ):
            if numbers:
                shown = name_some(map(str, sorted(numbers)))
                faults.append(fault('segments', self.panoptic, f'{text}: {shown}'))
        return faults
