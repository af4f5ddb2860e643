"""Ready-made test sets: composites with their truth, clip by clip."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rvm.datasets.chunked_clips import ChunkedClips
from rvm.datasets.record_dataset import RecordDataset
from rvm.errors import ConfigError, DataError
from rvm.io import decode_frame, frame_size
from rvm.io.listing import folder_names, image_names, name_some, pair_by_stem, stem
from rvm.registry import DATASETS

INPUT, TRUTH, COLOUR = 'com', 'pha', 'fgr'


@DATASETS.register_module()
class EvaluationClips(ChunkedClips, RecordDataset):
    """Clips of test sets, `<path>/<dataset>/<clip>/{pha,com,fgr}/<frame>`, one item a clip.

    The truth is listed: every frame of 'pha' is there, in natural order, and a missing composite
    is an error. 'fgr' is optional, a clip has all of it or none.

    Items are those of `ChunkedClips`; 'frames' are the names of 'pha' without suffix, and tensors
    are views of memory that is channels-last.

    Args:
        datasets: Use only these folders below `path`, in this order; None for all.
        max_frames: Use only the first frames of each clip; None for all.
        kwargs: See `RecordDataset`; a name is '<dataset>/<clip>'.
    """

    def __init__(
        self,
        *,
        datasets: Sequence[str] | None = None,
        max_frames: int | None = None,
        **kwargs: Any,
    ):
        if max_frames is not None and max_frames < 1:
            raise ConfigError(f'EvaluationClips: max_frames must be 1 or more, not {max_frames}')
        self.datasets = datasets
        self.max_frames = max_frames
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict]:
        """Return a record a clip: its folder, and the file names of each kind, in order."""
        root = self.need_folder()
        names = folder_names(root) if self.datasets is None else list(self.datasets)
        records, faults = [], []
        for dataset in names:
            for clip in folder_names(self.need_folder(dataset)):
                record, wrong = self._record(root, f'{dataset}/{clip}')
                records.append(record)
                faults += wrong
        if faults:
            raise DataError(f'{root}: {len(faults)} faults: {name_some(faults, "; ")}')
        return records

    def _record(self, root: Path, clip: str) -> tuple[dict, list[str]]:
        """Return the record of a clip, and a sentence for everything that is missing."""
        folder = root / clip
        absent = [kind for kind in (TRUTH, INPUT) if not (folder / kind).is_dir()]
        if absent:
            return {}, [f'{clip} has no folder {kind}' for kind in absent]
        truth = image_names(folder / TRUTH)[: self.max_frames]
        if not truth:
            return {}, [f'{clip}/{TRUTH} holds no images']
        record: dict = {'clip': clip, 'folder': str(folder), TRUTH: tuple(truth)}
        faults = []
        for kind in (INPUT, COLOUR):
            if (folder / kind).is_dir():
                folders = (f'{clip}/{TRUTH}', f'{clip}/{kind}')
                pairs, wrong = pair_by_stem(truth, image_names(folder / kind), folders)
                # What there is no truth for does no harm: tools write the whole clip.
                faults += [fault for fault in wrong if not fault.startswith(f'{clip}/{kind}/')]
                record[kind] = tuple(other for _, other in pairs)
        return record, faults

    def num_frames(self, index: int) -> int:
        """Return the number of frames of a clip."""
        return len(self.get_data_info(index)[TRUTH])

    def load_frames(self, index: int, start: int, stop: int) -> dict:
        """Read frames of a clip.

        Raises:
            MediaError: A file is missing or damaged.
            DataError: A picture differs in size from the first frame of the truth.
        """
        record = self.get_data_info(index)
        height, width = frame_size(Path(record['folder'], TRUTH, record[TRUTH][0]))
        part = slice(start, stop)
        chunk: dict = {'clip': record['clip'], 'frames': [stem(n) for n in record[TRUTH][part]]}
        for kind, key in ((INPUT, 'src'), (TRUTH, 'pha'), (COLOUR, 'fgr')):
            if kind in record:
                folder = Path(record['folder'], kind)
                files = [folder / name for name in record[kind][part]]
                chunk[key] = _load(files, 'grey' if kind == TRUTH else 'rgb', height, width)
        return chunk


def _load(files: list[Path], channels: str, height: int, width: int) -> Tensor:
    shape = (len(files), height, width) if channels == 'grey' else (len(files), height, width, 3)
    frames = np.empty(shape, np.uint8)
    for number, file in enumerate(files):
        image = decode_frame(file, channels)
        if image.shape[:2] != (height, width):
            raise DataError(
                f'{file} has {image.shape[1]}x{image.shape[0]} pixels and the first frame of the '
                f'truth has {width}x{height}; all pictures of a test clip need one size'
            )
        frames[number] = image
    tensor = torch.from_numpy(frames)
    return tensor[:, None] if channels == 'grey' else tensor.permute(0, 3, 1, 2)
