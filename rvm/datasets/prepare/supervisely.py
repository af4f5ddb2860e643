"""Supervisely Person: a project of theirs (`ds*/img`, `ds*/ann`) as images and masks."""

import io
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from PIL import Image

from rvm.datasets.prepare.archives import Blob
from rvm.datasets.prepare.inputs import Tree, check_apart
from rvm.datasets.prepare.names import stem
from rvm.datasets.prepare.pictures import Encoding, check_whole, decode, exif_orientation
from rvm.datasets.prepare.plan import REMOVE_IT, Action, OutputError, Plan, place, unfinished
from rvm.datasets.prepare.supervisely_masks import Annotation, read_annotation
from rvm.errors import DataError, MediaError
from rvm.io import is_image
from rvm.io.atomic import flush
from rvm.io.image_file import ORIENTATIONS, image_size

PERSON = 'person'
"""Beginning of the classes that are persons: person_bmp, person_poly."""


@dataclass(frozen=True)
class WriteMask(Action):
    """An image, and its mask as a grey PNG of 0 and 255; `target` is that of the image.

    Attributes:
        image: The picture.
        annotation: Its JSON.
        mask_target: Where the mask goes.
        mode: See `PlaceFile`.
        encoding: Of images that are turned upright or reduced; others stay as they are.
        classes: Beginning of the classes that make the mask.
    """

    image: Blob
    annotation: Blob
    mask_target: Path
    mode: str
    encoding: Encoding
    classes: str = PERSON

    def sources(self) -> tuple[Blob, ...]:
        """Return both."""
        return self.image, self.annotation

    def targets(self) -> tuple[Path, ...]:
        """Return both."""
        return self.target, self.mask_target

    def done(self) -> bool:
        """Return whether both are there and whole, with one size."""
        there = [path for path in self.targets() if os.path.lexists(path)]
        for path in there:
            # What was taken over as it is may have anything behind its end.
            if path != self.target or path.stat().st_size != self.image.size:
                check_whole(path, self.image)
        if len(there) < 2:
            return False
        try:
            sizes = {image_size(path) for path in there}
        except MediaError as error:
            raise OutputError(f'{error}; {REMOVE_IT}') from error
        if len(sizes) > 1:
            raise OutputError(
                f'{self.target} and {self.mask_target} have not one size; remove them, or name '
                'another output'
            )
        return True

    def check(self) -> None:
        """Decode the image, and draw the mask."""
        self._render()

    def make(self) -> Counter:
        """Write the mask, and then the image."""
        image, mask, changed = self._render()
        done: Counter = Counter()
        if not self.mask_target.exists():
            with unfinished(self.mask_target) as partial:
                partial.write_bytes(self.encoding.encode(mask, self.mask_target))
                flush(partial)
            done['written'] += 1
        if not self.target.exists():
            with unfinished(self.target) as partial:
                if changed:
                    partial.write_bytes(self.encoding.encode(image, self.target))
                    flush(partial)
                    done['written'] += 1
                else:
                    done[place(self.image, partial, self.mode)] += 1
        return done

    def _render(self) -> tuple[np.ndarray, np.ndarray, bool]:
        """Return the image, the mask, and whether the image is other than its file."""
        data = self.image.read()
        image = decode(self.image, data)
        annotation = read_annotation(str(self.annotation), self.annotation.read())
        orientation = exif_orientation(data)
        mask = self._upright(annotation, image.shape[:2], orientation, data)
        reduced = self.encoding.reduce(image)
        if reduced is not image:
            mask = self.encoding.reduce(mask)
            mask = cv2.threshold(mask, 127, 255, cv2.THRESH_BINARY)[1]
        renamed = self.target.suffix != PurePosixPath(self.image.file_name).suffix
        return reduced, mask, reduced is not image or renamed or orientation in ORIENTATIONS

    def _upright(
        self, annotation: Annotation, size: tuple[int, int], orientation: int, data: bytes
    ) -> np.ndarray:
        """Return [H, W] the mask for the upright image of `size` (H, W).

        An image with an EXIF orientation may have been annotated as it is stored, or upright; the
        size tells where sides change places, else as stored: so do tools that ignore EXIF.
        """
        drawn = (annotation.height, annotation.width)
        with Image.open(io.BytesIO(data)) as opened:
            stored = opened.size[::-1]
        mask = annotation.mask(self.classes)
        if drawn == stored and orientation in ORIENTATIONS:
            return np.ascontiguousarray(ORIENTATIONS[orientation].apply(mask))
        if drawn == size:
            return mask
        raise DataError(
            f'{self.annotation} is for {drawn[1]}x{drawn[0]} pixels and {self.image} has '
            f'{size[1]}x{size[0]}; fetch both again'
        )


def plan_supervisely(
    source: str | Path,
    out: str | Path,
    *,
    mode: str = 'link',
    encoding: Encoding | None = None,
    classes: str = PERSON,
) -> Plan:
    """Plan `out/{img,seg}/<name>`: a mask has the name of its image, and the suffix .png.

    Args:
        source: Folder or archive of the project, with `<dataset>/img/<name>` and
            `<dataset>/ann/<name>.json`.
        out: Folder of the data set.
        mode: See `PlaceFile`; for images that stay as they are.
        encoding: Its `max_side` reduces what is larger, and turns all that is no JPEG into one.
        classes: Beginning of the classes that make the mask.
    """
    out, encoding = Path(out), encoding or Encoding()
    plan = Plan(settings={'classes': classes, **encoding.settings()})
    check_apart(Path(source), out)
    images, annotations = _listed(Tree(source, sequential=False))
    if not images:
        raise DataError(f'{source} holds no <dataset>/img/<name>; give the folder of the project')
    names = Counter(stem(name) for _, name in images)
    for (dataset, name), blob in images.items():
        found = annotations.pop((dataset, name), None)
        found = annotations.pop((dataset, PurePosixPath(name).stem), found)
        if found is None:
            plan.faults.append(f'{blob} has no annotation {dataset}/ann/{name}.json')
            continue
        written = encoding.name_of(name if names[stem(name)] == 1 else f'{_flat(dataset)}_{name}')
        mask = out / 'seg' / f'{PurePosixPath(written).stem}.png'
        plan.add(
            WriteMask('images', out / 'img' / written, blob, found, mask, mode, encoding, classes)
        )
    plan.faults += [f'{blob} has no image' for blob in annotations.values()]
    twice = sum(count for count in names.values() if count > 1)
    if twice:
        plan.notes.append(f'{twice} images share their name: their data set stands before it')
    _note_classes(plan, classes)
    return plan


def _listed(tree: Tree) -> tuple[dict[tuple[str, str], Blob], dict[tuple[str, str], Blob]]:
    """Return images and annotations by data set and image name."""
    images, annotations = {}, {}
    for parts, blob in tree.entries:
        if len(parts) < 2:
            continue
        dataset = '/'.join(parts[:-2])
        if parts[-2] == 'img' and is_image(parts[-1]):
            images[dataset, parts[-1]] = blob
        elif parts[-2] == 'ann' and parts[-1].endswith('.json'):
            annotations[dataset, parts[-1].removesuffix('.json')] = blob
    return images, annotations


def _flat(dataset: str) -> str:
    return dataset.rpartition('/')[2]


def _note_classes(plan: Plan, wanted: str) -> None:
    """Say which classes are left out, and which images show nobody."""
    left_out: Counter = Counter()
    empty = []
    for action in plan.actions:
        try:
            classes = read_annotation('', action.annotation.read()).classes()
        except DataError:
            continue  # found again, and named, when the action is done
        left_out.update(name for name in classes if not name.startswith(wanted))
        if not any(name.startswith(wanted) for name in classes):
            empty.append(str(action.image))
    for name, count in sorted(left_out.items()):
        plan.notes.append(f'{count} objects of the class {name!r} are left out of the masks')
    if empty:
        plan.notes.append(f'{len(empty)} images have an empty mask: {", ".join(empty)}')
