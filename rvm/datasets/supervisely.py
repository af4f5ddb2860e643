"""Supervisely's person data set: still images for segmentation."""

from collections.abc import Sequence
from typing import Any

from rvm.datasets.clip_dataset import ClipDataset
from rvm.datasets.frames import GREY, ImageFrames, PairedFrames
from rvm.datasets.listing import list_stills
from rvm.datasets.masks import LabelMasks
from rvm.datasets.stream import NEAREST
from rvm.errors import DataError
from rvm.io.listing import name_some, pair_by_stem
from rvm.registry import DATASETS


@DATASETS.register_module()
class SuperviselyDataset(ClipDataset):
    """Images `<path>/img/<name>` and masks `<path>/seg/<name>`, paired without their suffixes.

    Args:
        images: Folder of the images.
        masks: Folder of the masks.
        labels: Values of the mask files that are persons, such as [1] for files of 0 and 1; None
            for files of 0 to 255.
        items: See `ClipDataset`.
        matte_interpolation: See `ClipDataset`.
    """

    def __init__(
        self,
        *,
        images: str = 'img',
        masks: str = 'seg',
        labels: Sequence[int] | None = None,
        items: str = 'clip',
        matte_interpolation: str = NEAREST,
        **kwargs: Any,
    ):
        self.images = images
        self.masks = masks
        self.labels = None if labels is None else tuple(labels)
        super().__init__(items=items, matte_interpolation=matte_interpolation, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Return a record an image, with the stream 'src'."""
        images, masks = self.need_folder(self.images), self.need_folder(self.masks)
        names = list_stills(images), list_stills(masks)
        pairs, faults = pair_by_stem(*names, (self.images, self.masks))
        if faults:
            raise DataError(
                f'{self.folder}: {len(faults)} faults in pairing {self.images} with {self.masks}: '
                f'{name_some(faults)}'
            )
        records = [
            {
                'clip': name,
                'src': PairedFrames(
                    ImageFrames(str(images), (name,)),
                    LabelMasks(ImageFrames(str(masks), (mask,), GREY), self.labels),
                ),
            }
            for name, mask in pairs
        ]
        for record in records[:1]:  # files of class numbers are seen here, not hours later
            next(record['src'].matte.load([0]))
        return records
