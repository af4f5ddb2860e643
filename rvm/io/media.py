"""What a video is made of, in plain values: the vocabulary that readers and writers share.

Colours are described by the code points of ITU-T H.273, which every container and codec uses; 2
means unspecified. Times are exact: `Fraction` seconds, never floats.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import numpy as np

UNSPECIFIED = 2
NO_ALPHA = 'has no alpha channel; give RGBA images, or a video with alpha (ProRes 4444, VP9, ...)'
"""What follows the name of a source, where alpha is asked for."""
BT709, BT601_625, BT601_525, BT2020 = 1, 5, 6, 9


@dataclass(frozen=True)
class ColorTags:
    """How the RGB of a frame relates to the stored YUV (H.273 code points; 2: unspecified).

    Attributes:
        matrix: Matrix coefficients: 1 BT.709, 5 and 6 BT.601, 9 BT.2020, 0 RGB.
        full_range: True for 0..255, False for 16..235 (8 bit).
        primaries: Colour primaries; passed on, never converted.
        transfer: Transfer characteristics; passed on, never converted.
    """

    matrix: int = UNSPECIFIED
    full_range: bool = False
    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED

    def matrix_for(self, height: int) -> int:
        """Return the matrix; guess where the file is silent: from 720 lines on BT.709."""
        if self.matrix != UNSPECIFIED:
            return self.matrix
        return BT709 if height >= 720 else BT601_525


@dataclass(frozen=True)
class MediaInfo:
    """What a reader knows about its source before the first frame.

    Attributes:
        name: Path or description, for messages.
        width: Pixels, after rotation (as a player shows it).
        height: Pixels, after rotation.
        num_frames: Number of frames, or None where only decoding tells.
        frame_rate: Exact average rate in frames a second.
        time_base: Seconds of which every `Frame.time` is a multiple: the unit of the source's time
            stamps, or a finer one where those are rounded.
        variable_rate: True if the distances between frames differ (by more than rounding).
        bit_depth: Bits a sample in the source: 8, 10, 12, 16.
        rotation: Degrees clockwise (0, 90, 180, 270) that the reader has already applied.
        pixel_aspect: Width to height of a pixel, after rotation; 1 for square ones.
        has_audio: Whether the source has at least one audio stream.
        color: Colour tags of the source.
    """

    name: str
    width: int
    height: int
    num_frames: int | None
    frame_rate: Fraction
    time_base: Fraction
    variable_rate: bool = False
    bit_depth: int = 8
    rotation: int = 0
    pixel_aspect: Fraction = Fraction(1)
    has_audio: bool = False
    color: ColorTags = field(default_factory=ColorTags)


class Frame(NamedTuple):
    """One decoded frame.

    Attributes:
        image: [H, W, 3] RGB, or [H, W, 4] RGBA where the reader was asked for alpha (straight),
            uint8 (0..255) or uint16 (0..65535), upright, C-contiguous.
        time: Presentation time in seconds, exact; the first frame need not be at 0.
    """

    image: np.ndarray
    time: Fraction
