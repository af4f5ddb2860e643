"""COCO's panoptic images with persons: still images for segmentation."""

import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rvm.datasets.annotations import (
    category_ids,
    check_files,
    named_fields,
    read_annotations,
)
from rvm.datasets.clip_dataset import ClipDataset
from rvm.datasets.frames import ImageFrames, PairedFrames
from rvm.datasets.index_cache import cached
from rvm.datasets.listing import list_stills
from rvm.datasets.masks import PanopticMask
from rvm.datasets.stream import NEAREST
from rvm.errors import DataError
from rvm.registry import DATASETS

WANTED = "COCO's panoptic annotation (panoptic_train2017.json)"


@DATASETS.register_module()
class CocoPanopticDataset(ClipDataset):
    """Images with a person, and the mask of persons and what they carry.

    `<path>/<images>/<name>.jpg`, `<path>/<panoptic>/<name>.png` and `<path>/<annotations>`. Crowd
    segments are no masks: an image that shows persons only as a crowd is left out.

    Args:
        images: Folder of the images.
        panoptic: Folder of the panoptic PNG files.
        annotations: Their JSON file.
        person: Category that an image must show, by name or id.
        belongings: Categories that belong to the mask where they are there, by name or id.
        items: See `ClipDataset`.
        matte_interpolation: See `ClipDataset`.
    """

    def __init__(
        self,
        *,
        images: str = 'train2017',
        panoptic: str = 'panoptic_train2017',
        annotations: str = 'annotations/panoptic_train2017.json',
        person: str | int = 'person',
        belongings: Sequence[str | int] = ('backpack', 'tie'),
        items: str = 'clip',
        matte_interpolation: str = NEAREST,
        **kwargs: Any,
    ):
        self.images = images
        self.panoptic = panoptic
        self.annotations = annotations
        self.person = person
        self.belongings = tuple(belongings)
        super().__init__(items=items, matte_interpolation=matte_interpolation, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Return a record an image, with the stream 'src'."""
        file = self.need_file(self.annotations)
        images, panoptic = self.need_folder(self.images), self.need_folder(self.panoptic)
        choice = zlib.crc32(json.dumps([self.person, self.belongings]).encode())
        index = cached(
            [file],
            f'coco_panoptic-{choice:08x}',
            lambda: _index(file, self.person, self.belongings),
        )
        check_files(images, [entry[0] for entry in index], set(list_stills(images)), file)
        check_files(panoptic, [entry[1] for entry in index], set(list_stills(panoptic)), file)
        return [
            {
                'clip': name,
                'src': PairedFrames(
                    ImageFrames(str(images), (name,), known_size=(height, width)),
                    PanopticMask(str(panoptic / mask), tuple(ids), height, width),
                ),
            }
            for name, mask, height, width, ids in index
        ]


def _index(file: Path, person: str | int, belongings: Sequence[str | int]) -> list[list]:
    """Return [image, panoptic file, height, width, segment ids] for every image with a person."""
    content = read_annotations(file, ('images', 'annotations', 'categories'), WANTED)
    if 'segmentation' in content['annotations'][0]:
        raise DataError(f'{file} holds instances or captions, not segments; give {WANTED}')
    index = []
    with named_fields(file, WANTED):
        ids = category_ids(content['categories'], [person, *belongings], file)
        images = {image['id']: image for image in content['images']}
        for annotation in content['annotations']:
            segments = [
                segment
                for segment in annotation['segments_info']
                if segment['category_id'] in ids and not segment.get('iscrowd', 0)
            ]
            if any(segment['category_id'] == ids[0] for segment in segments):
                image = images[annotation['image_id']]
                numbers = [segment['id'] for segment in segments]
                size = image['height'], image['width']
                index.append([image['file_name'], annotation['file_name'], *size, numbers])
    return index
