"""ImageMatte (Distinctions-646 and Adobe), and every other set of images with mattes."""

from typing import Any

from rvm.datasets.frames import GREY, ImageFrames, PairedFrames
from rvm.datasets.listing import list_stills
from rvm.datasets.matting_dataset import MattingDataset
from rvm.errors import DataError
from rvm.io.listing import name_some, pair_by_stem
from rvm.registry import DATASETS


@DATASETS.register_module()
class ImageMatteDataset(MattingDataset):
    """Images with their mattes, `<path>/fgr/<name>` and `<path>/pha/<name>`, paired by name.

    A sample is one image T times; motion comes from the transforms. An epoch takes every image
    once, or, if there are more of them, every background.

    Args:
        items: See `ClipDataset`.
        cover_backgrounds: See `ClipDataset`.
    """

    def __init__(self, *, items: str = 'clip', cover_backgrounds: bool = True, **kwargs: Any):
        super().__init__(items=items, cover_backgrounds=cover_backgrounds, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Return a record an image, with the stream 'fgr'; every unpaired image is named."""
        fgr, pha = self.need_folder('fgr'), self.need_folder('pha')
        pictures, mattes = (filter(self.is_wanted, list_stills(folder)) for folder in (fgr, pha))
        pairs, faults = pair_by_stem(list(pictures), list(mattes), ('fgr', 'pha'))
        if faults:
            raise DataError(
                f'{self.folder}: {len(faults)} faults in pairing fgr with pha: {name_some(faults)}'
            )
        return [
            {
                'clip': name,
                'fgr': PairedFrames(
                    ImageFrames(str(fgr), (name,)), ImageFrames(str(pha), (matte,), GREY)
                ),
            }
            for name, matte in pairs
        ]
