"""From decoded frames to upright RGB arrays: colour matrix, range, bit depth, orientation.

The conversion follows ITU-T H.273: with full-scale luma Y in 0..1 and colour differences U and V
in -0.5..0.5, R = Y + 2 (1 - Kr) V, B = Y + 2 (1 - Kb) U, G = (Y - Kr R - Kb B) / (1 - Kr - Kb).
libswscale computes it; the flags below make it exact to half a step of 8 bits. Its default for
4:2:0 is several times as fast, but 1 of 255 too dark on average (2.8 at most), with blocky chroma.
"""

import math
from typing import NamedTuple

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from rvm.errors import MediaError
from rvm.io.frame_yuv import plane_view
from rvm.io.media import NO_ALPHA, UNSPECIFIED, ColorTags

FLAGS = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
# What libswscale converts; H.273 code points. 10 (BT.2020 constant luminance), 8 (YCgCo) and 14
# (ICtCp) are no matrices of the kind above.
MATRICES = (1, 4, 5, 6, 7, 9)
RGB, RESERVED = 0, 3


class Orientation(NamedTuple):
    """How a stored image becomes upright: transpose first, then the flips.

    Attributes:
        transpose: Exchange rows and columns.
        flip_x: Mirror left and right.
        flip_y: Mirror top and bottom.
    """

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @property
    def rotation(self) -> int:
        """Degrees clockwise (0, 90, 180, 270), not counting a mirroring before the rotation."""
        if self.transpose:
            return 270 if self.flip_y else 90
        return 180 if self.flip_y else 0

    def apply(self, image: np.ndarray) -> np.ndarray:
        """Return `image` ([H, W, ...]) upright and C-contiguous; [W, H, ...] if transposed."""
        if self.transpose:
            image = cv2.transpose(image)
        if self.flip_x or self.flip_y:
            image = cv2.flip(image, -1 if self.flip_x and self.flip_y else int(self.flip_x))
        return np.ascontiguousarray(image)


def frame_orientation(frame: av.VideoFrame) -> Orientation:
    """Return how players turn the frame, from its display matrix, to the nearest right angle.

    The matrix maps the stored point (x, y), y downwards, to (a x + c y, b x + d y).
    """
    for data in frame.side_data:
        if data.type.name == 'DISPLAYMATRIX':
            a, b, _, c, d = np.frombuffer(bytes(data), np.int32)[:5].tolist()
            if abs(a) >= abs(b):
                return Orientation(False, a < 0, d < 0)
            return Orientation(True, c < 0, b < 0)
    return Orientation()


def frame_depth(frame: av.VideoFrame) -> int:
    """Return the bits a sample of the frame: 8, 10, 12, 16."""
    return max(component.bits for component in frame.format.components)


def is_full_scale(frame: av.VideoFrame) -> bool:
    """Return whether the format has no limited range: RGB, palettes, and grey (by convention)."""
    return frame.format.is_rgb or len(frame.format.components) < 3


def has_alpha_plane(frame: av.VideoFrame) -> bool:
    """Return whether the format of the frame has alpha."""
    return frame.format.components[-1].is_alpha


def frame_color(frame: av.VideoFrame) -> ColorTags:
    """Return the tags of the frame; the `yuvj` formats are full range whatever the tag says."""
    full = frame.color_range == ColorRange.JPEG or frame.format.name.startswith('yuvj')
    return ColorTags(
        matrix=int(frame.colorspace),
        full_range=full or is_full_scale(frame),
        primaries=int(frame.color_primaries),
        transfer=int(frame.color_trc),
    )


class FrameConverter:
    """Turns the decoded frames of one video into upright RGB or RGBA arrays.

    Args:
        name: The video, for messages.
        color: Its tags; a missing matrix is guessed from the height, as players do.
        orientation: How to turn the frames.
        bit_depth: 8 or 16, of the result.
        threads: Threads of the conversion; 0 for as many as there are cores.
        alpha: Whether alpha becomes the fourth channel, straight as stored; else it is left out.
    """

    def __init__(
        self,
        name: str,
        color: ColorTags,
        orientation: Orientation,
        bit_depth: int,
        threads: int = 0,
        *,
        alpha: bool = False,
    ):
        self.name, self.color, self.orientation = name, color, orientation
        self.bit_depth, self.threads, self.alpha = bit_depth, threads, alpha
        self.size = None
        self._reformatter = VideoReformatter()

    def __call__(self, frame: av.VideoFrame) -> np.ndarray:
        """Return [H, W, 3] RGB or [H, W, 4] RGBA, uint8 in 0..255 or uint16 in 0..65535."""
        size = (frame.width, frame.height)
        if self.size not in (None, size):
            raise MediaError(
                f'{self.name}: the picture changes from {self.size[0]}x{self.size[1]} to '
                f'{size[0]}x{size[1]} in mid-film; cut the file there, or encode it anew'
            )
        self.size = size
        image = self._color_of(frame)
        if self.alpha:
            image = cv2.cvtColor(image, cv2.COLOR_RGB2RGBA)
            cv2.insertChannel(self._alpha_of(frame), image, 3)
        return self.orientation.apply(image)

    def _color_of(self, frame: av.VideoFrame) -> np.ndarray:
        deep = frame_depth(frame) > 8
        if is_full_scale(frame) and not deep:
            image = self._reformat(frame, 'rgb24').to_ndarray()
            return image if self.bit_depth == 8 else image.astype(np.uint16) * np.uint16(257)
        if self.bit_depth == 8 and not (self.color.full_range and deep):
            # Planar output takes half the time of packed RGB, with equal values.
            return self._reformat(frame, 'gbrp').to_ndarray()
        planar = self._reformat(frame, 'gbrp16le').to_ndarray()
        return _scale(planar, self.bit_depth, _white(frame, self.color))

    def _alpha_of(self, frame: av.VideoFrame) -> np.ndarray:
        """Return [H, W] as stored, not turned: alpha is full range whatever the colours are."""
        if not has_alpha_plane(frame):
            raise MediaError(f'{self.name}: a frame of it {NO_ALPHA}')
        bits = frame_depth(frame)
        if len(frame.planes) == 4 and bits <= 16 and not frame.format.is_big_endian:
            alpha, top = plane_view(frame, 3), (1 << bits) - 1
        elif bits == 8:
            alpha, top = self._reformat(frame, 'rgba').to_ndarray()[..., 3], 255
        else:
            alpha, top = self._reformat(frame, 'rgba64le').to_ndarray()[..., 3], 65535
        if self.bit_depth == 8:
            return alpha if top == 255 else cv2.convertScaleAbs(alpha, alpha=255 / top)
        return cv2.multiply(alpha.astype(np.uint16), 65535 / top) if top < 65535 else alpha

    def _reformat(self, frame: av.VideoFrame, pixel_format: str) -> av.VideoFrame:
        source = {}
        if not is_full_scale(frame):
            source = {
                'src_colorspace': self._matrix(frame),
                'src_color_range': ColorRange.JPEG if self.color.full_range else ColorRange.MPEG,
            }
        return self._reformatter.reformat(
            frame,
            format=pixel_format,
            interpolation=FLAGS,
            dst_color_range=ColorRange.JPEG,
            threads=self.threads,
            **source,
        )

    def _matrix(self, frame: av.VideoFrame) -> int:
        tags = self.color
        if tags.matrix in (RGB, RESERVED):  # a tag that cannot be true of YUV says nothing
            tags = ColorTags(UNSPECIFIED)
        matrix = tags.matrix_for(frame.height)
        if matrix not in MATRICES:
            raise MediaError(
                f'{self.name} has colour matrix {matrix} (ITU-T H.273), which cannot be converted '
                'to RGB here; encode it as BT.709 first'
            )
        return matrix


def _white(frame: av.VideoFrame, color: ColorTags) -> float:
    """Return what full white is in libswscale's 16-bit output of this frame.

    It shifts full-scale samples to 16 bits (1023 becomes 65472) and computes limited ones in
    8-bit units shifted by 8 (255 becomes 65280), so that its white is never quite 65535.
    """
    if color.full_range:
        bits = min(frame_depth(frame), 16)
        return float(((1 << bits) - 1) << (16 - bits))
    return float(255 << 8)


def _scale(image: np.ndarray, bit_depth: int, white: float) -> np.ndarray:
    """Return [H, W, 3] of `bit_depth`, with `white` moved to full scale and the rest clipped."""
    height, width, channels = image.shape
    flat = image.reshape(height, width * channels)
    if bit_depth == 8:
        return cv2.convertScaleAbs(flat, alpha=255 / white).reshape(image.shape)
    if math.isclose(white, 65535):
        return image
    return cv2.multiply(flat, 65535 / white).reshape(image.shape)
