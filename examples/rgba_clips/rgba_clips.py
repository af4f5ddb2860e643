"""A data set of clips with transparency, as a keyer writes them: a plugin in one file.

`<path>/<clip>.mov` (ProRes 4444), `<path>/<clip>.webm` (VP9 with alpha) or frames
`<path>/<clip>/<frame>.png` show a person before nothing. `RGBAClips` lists them; sampling,
augmentation and backgrounds are the library's. A config finds this file by `custom_imports`, see
`config.py` beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from rvm.datasets.frames import RGBA, FrameSource
from rvm.datasets.listing import list_clips
from rvm.datasets.matting_dataset import MattingDataset
from rvm.registry import DATASETS


@DATASETS.register_module()
class RGBAClips(MattingDataset):
    """Clips that hold colour and alpha in one file.

    Args:
        premultiplied: Whether colours are stored multiplied by alpha, black where it is 0. They
            are then divided by it; straight ones are taken as they are.
    """

    def __init__(self, *, premultiplied: bool = False, **kwargs: Any):
        self.premultiplied = premultiplied
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict]:
        """Return a record a clip: its name, and its frames with alpha."""
        records = []
        for name, clip in list_clips(self.need_folder(), self.is_wanted).items():
            frames = clip.frames(RGBA)
            records.append(
                {'clip': name, 'fgr': Straight(frames) if self.premultiplied else frames}
            )
        return records


@dataclass(frozen=True)
class Straight(FrameSource):
    """Straight colours of a source whose colours are multiplied by alpha.

    Attributes:
        source: Of kind 'rgba'.
    """

    source: FrameSource
    kind: str = field(default=RGBA, init=False)

    def __len__(self) -> int:
        return len(self.source)

    def size(self) -> tuple[int, int]:
        """Return height and width."""
        return self.source.size()

    def load(self, numbers: Sequence[int], shrink: int = 1) -> Iterator[np.ndarray]:
        """Yield frames, [H, W, 4] uint8, with straight colours."""
        return map(straight_colours, self.source.load(numbers, shrink))

    def describe(self, number: int) -> str:
        """Return where the frame is stored."""
        return self.source.describe(number)

    def files(self) -> Iterator[Path]:
        """Yield the files of the source."""
        return self.source.files()


def straight_colours(image: np.ndarray) -> np.ndarray:
    """Divide colours by alpha: c = min(255, 255 c' / a).

    Where alpha is 0 there is no colour left. A pixel there takes the mean of what is within two
    pixels, so that the warp, which is bilinear, mixes no black into the edge.

    Args:
        image: [H, W, 4] uint8, colours multiplied by alpha.

    Returns:
        [H, W, 4] uint8.
    """
    colours, alpha = image[..., :3].astype(np.float32), image[..., 3].astype(np.float32)
    around = cv2.blur(colours, (5, 5)) / np.maximum(cv2.blur(alpha, (5, 5)), 1e-3)[..., None]
    inside = colours / np.maximum(alpha, 1)[..., None]
    straight = 255 * np.where(alpha[..., None] > 0, inside, around)
    return np.dstack([np.minimum(np.rint(straight), 255).astype(np.uint8), image[..., 3]])
