"""Ready-made test sets: composites with their truth, clip by clip."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rvm.datasets.chunked_clips import ChunkedClips, check_count
from rvm.datasets.record_dataset import RecordDataset
from rvm.errors import ConfigError, DataError, MediaError
from rvm.io import decode_frame, frame_size
from rvm.io.image_file import ImageHeader, image_header
from rvm.io.listing import folder_names, image_names, name_some, pair_by_stem, stem
from rvm.io.matte import read_matte
from rvm.io.threads import read_in_threads
from rvm.registry import DATASETS

INPUT, TRUTH, COLOUR = 'com', 'pha', 'fgr'
MOST_NAMED = 5
"""Files with one kind of fault in their headers."""


@DATASETS.register_module()
class EvaluationClips(ChunkedClips, RecordDataset):
    """Clips of test sets, `<path>/<dataset>/<clip>/{pha,com,fgr}/<frame>`, one item a clip.

    The truth is listed: every frame of 'pha' is there, in natural order. 'fgr' is optional, a clip
    has all of it or none. Pictures have 8 bits, no alpha and, in a clip, one size; mattes are grey.

    Whatever does not fit is a fault, frames of 'com' and 'fgr' without truth, too: with a true
    matte missing, networks and dtSSD would jump over a gap. Listings and headers of all pictures
    are read before anything is decoded; colours of a matte are found when it is loaded.

    Items are those of `ChunkedClips`; 'frames' are the names of 'pha' without suffix, and tensors
    are views of memory that is channels-last.

    Args:
        datasets: Use only these folders below `path`, in this order; None for all.
        max_frames: Use only the first frames of each clip; None for all. Whole clips are compared.
        kwargs: See `RecordDataset`; a name is '<dataset>/<clip>'.
    """

    def __init__(
        self,
        *,
        datasets: str | Sequence[str] | None = None,
        max_frames: int | None = None,
        **kwargs: Any,
    ):
        if max_frames is not None:
            check_count('EvaluationClips', 'max_frames', max_frames)
        self.datasets = [datasets] if isinstance(datasets, str) else datasets
        self.max_frames = max_frames
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict]:
        """Return a record a clip: its folder, and the file names of each kind, in order.

        Raises:
            ConfigError: There is neither a data root nor a path.
            DataError: Listings or headers have faults; one sentence names them.
        """
        if not (self.data_root or self.path):
            raise ConfigError(
                'EvaluationClips: no data_root; name the folder of the set (--data-root, or '
                '--cfg-options test_dataloader.dataset.data_root=DIR)'
            )
        root = self.need_folder()
        names = folder_names(root) if self.datasets is None else list(self.datasets)
        records, faults = [], []
        for dataset in names:
            clips = folder_names(self.need_folder(dataset))
            if not clips and self.names is None:
                faults.append(f'{dataset} holds no clips')
            for clip in (f'{dataset}/{name}' for name in clips):
                wanted = self.is_wanted(clip)
                record, wrong = self._record(root, clip) if wanted else ({'clip': clip}, [])
                records.append(record)
                faults += wrong
        odd = _check_headers(records)
        shown = [
            f'{kind} ({len(files)}): {name_some(files, most=MOST_NAMED)}'
            for kind, files in odd.items()
        ] + faults
        if shown:
            count = len(faults) + sum(map(len, odd.values()))
            raise DataError(
                f'{root}: {count} fault{"s" * (count > 1)}, correct or exclude the clips: '
                f'{name_some(shown, "; ")}'
            )
        return records

    def _record(self, root: Path, clip: str) -> tuple[dict, list[str]]:
        """Return the record of a clip, and a sentence for everything that does not fit."""
        folder = root / clip
        absent = [kind for kind in (TRUTH, INPUT) if not (folder / kind).is_dir()]
        if absent:
            return {'clip': clip}, [f'{clip} has no folder {kind}' for kind in absent]
        truth = image_names(folder / TRUTH)
        if not truth:
            return {'clip': clip}, [f'{clip}/{TRUTH} holds no images']
        frames = slice(self.max_frames)
        record: dict = {'clip': clip, 'folder': str(folder), TRUTH: tuple(truth[frames])}
        faults = []
        for kind in (INPUT, COLOUR):
            if (folder / kind).is_dir():
                folders = (f'{clip}/{TRUTH}', f'{clip}/{kind}')
                pairs, wrong = pair_by_stem(truth, image_names(folder / kind), folders)
                faults += wrong
                record[kind] = tuple(other for _, other in pairs[frames])
        return record, list(dict.fromkeys(faults))  # both kinds tell of twins in the truth

    def num_frames(self, index: int) -> int:
        """Return the number of frames of a clip."""
        return len(self.get_data_info(index)[TRUTH])

    def load_frames(self, index: int, start: int, stop: int) -> dict:
        """Read frames of a clip.

        Raises:
            MediaError: A file is missing or damaged.
            DataError: A picture differs in size from the first frame of the truth, or a matte is a
                picture in colours.
        """
        record = self.get_data_info(index)
        height, width = frame_size(Path(record['folder'], TRUTH, record[TRUTH][0]))
        part = slice(start, stop)
        chunk: dict = {'clip': record['clip'], 'frames': [stem(n) for n in record[TRUTH][part]]}
        for kind, key in ((INPUT, 'src'), (TRUTH, 'pha'), (COLOUR, 'fgr')):
            if kind in record:
                folder = Path(record['folder'], kind)
                files = [folder / name for name in record[kind][part]]
                chunk[key] = _load(files, kind == TRUTH, height, width)
        return chunk


def _check_headers(records: list[dict]) -> dict[str, list[str]]:
    """Return what of the headers of all pictures does not fit: files by kind of fault."""
    places = (
        (record, kind, name)
        for record in records
        for kind in (TRUTH, INPUT, COLOUR)
        for name in record.get(kind, ())
    )
    faults: dict[str, list[str]] = defaultdict(list)
    sizes: dict[str, tuple[int, int]] = {}
    for (record, kind, name), header in read_in_threads(_read_header, places):
        if isinstance(header, MediaError):
            faults['files that cannot be read'].append(str(header))
            continue
        file = str(Path(record['folder'], kind, name))
        (height, width), size = header.size, sizes.setdefault(record['clip'], header.size)
        if header.size != size:
            what = 'pictures of another size than the first true one of their clip, resize them'
            faults[what].append(f'{file} ({width}x{height}, not {size[1]}x{size[0]})')
        if header.depth != 8:
            faults['pictures with 16 bits, save them with 8'].append(file)
        if header.has_alpha:
            what = 'pictures with an alpha channel, save alpha as grey pictures, colours as RGB'
            faults[what].append(file)
    return faults


def _read_header(place: tuple[dict, str, str]) -> ImageHeader:
    record, kind, name = place
    return image_header(Path(record['folder'], kind, name))


def _load(files: list[Path], is_matte: bool, height: int, width: int) -> Tensor:
    shape = (len(files), height, width) if is_matte else (len(files), height, width, 3)
    frames = np.empty(shape, np.uint8)
    for number, file in enumerate(files):
        image = read_matte(file) if is_matte else decode_frame(file)
        if image.shape[:2] != (height, width):
            raise DataError(
                f'{file} has {image.shape[1]}x{image.shape[0]} pixels and the first frame of the '
                f'truth has {width}x{height}; all pictures of a test clip need one size'
            )
        frames[number] = image
    tensor = torch.from_numpy(frames)
    return tensor[:, None] if is_matte else tensor.permute(0, 3, 1, 2)
