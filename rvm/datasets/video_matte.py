"""VideoMatte240K, and every other set of clips with their mattes in a second folder."""

from rvm.datasets.frames import GREY, FrameSource, ImageFrames, PairedFrames
from rvm.datasets.listing import Clip, list_clips
from rvm.datasets.matting_dataset import MattingDataset
from rvm.errors import DataError
from rvm.io.listing import name_some, pair_by_stem
from rvm.registry import DATASETS


@DATASETS.register_module()
class VideoMatteDataset(MattingDataset):
    """Clips with their mattes: folders of frames, or pairs of video files.

    `<path>/fgr/<clip>/<frame>.jpg` and `<path>/pha/<clip>/<frame>.jpg`, or `<path>/fgr/<clip>.mp4`
    and `<path>/pha/<clip>.mp4`. Clips and frames are paired by name; suffixes may differ.
    """

    def load_data_list(self) -> list[dict]:
        """Return a record a clip, with the stream 'fgr'; every unpaired clip or frame is named."""
        pictures = list_clips(self.need_folder('fgr'), self.is_wanted)
        mattes = list_clips(self.need_folder('pha'), self.is_wanted)
        pairs, faults = pair_by_stem(list(pictures), list(mattes), ('fgr', 'pha'))
        records = []
        for name, _ in pairs:
            source, wrong = _pair(name, pictures[name], mattes[name])
            faults += wrong
            records.append({'clip': name, 'fgr': source})
        if faults:
            raise DataError(
                f'{self.folder}: {len(faults)} faults in pairing fgr with pha: {name_some(faults)}'
            )
        return records


def _pair(name: str, picture: Clip, matte: Clip) -> tuple[FrameSource, list[str]]:
    """Return a clip with its matte, and a sentence for everything that does not fit."""
    frames, grey = picture.frames(), matte.frames(GREY)
    faults = []
    if isinstance(frames, ImageFrames) and isinstance(grey, ImageFrames):
        folders = (f'fgr/{name}', f'pha/{name}')
        pairs, faults = pair_by_stem(frames.names, grey.names, folders)
        if pairs:
            grey = ImageFrames(grey.folder, tuple(other for _, other in pairs), GREY)
    elif len(frames) != len(grey):
        faults = [f'fgr/{name} has {len(frames)} frames and pha/{name} has {len(grey)}']
    return PairedFrames(frames, grey), faults
