"""RGB, RGBA or gray arrays to the limited-range YUV that encoders store, rounded once."""

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from rvm.io.media import BT601_525, BT709, ColorTags

# swscale names matrices by the same code points, but knows one BT.601 only. Others (RGB, YCgCo,
# constant luminance, ...) describe no linear YUV that an output could use.
SWS_MATRIX = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9}
LIMITED, FULL = 1, 2
FLAGS = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP


class YuvConverter:
    """Converts images of one size and kind; the tables are made for the first image's dtype.

    Args:
        width: Pixels.
        height: Pixels.
        channels: 'gray', 'rgb' or 'rgba'.
        pixel_format: FFmpeg's planar YUV(A) format of 8 or 10 bits.
        color: Tags of the output. A matrix that no YUV output could use, such as RGB's own, gives
            way to the usual one for the height.
    """

    def __init__(self, width: int, height: int, channels: str, pixel_format: str, color: ColorTags):
        self.width, self.height = width, height
        self.channels = channels
        self.pixel_format = pixel_format
        self.bits = av.VideoFormat(pixel_format, width, height).components[0].bits
        matrix = color.matrix_for(height)
        guess = BT709 if height >= 720 else BT601_525
        self.matrix = matrix if matrix in SWS_MATRIX else guess
        self._color = color
        self._reformatter = VideoReformatter()
        self._tables: dict[str, np.ndarray] = {}

    def tag(self, target: av.VideoFrame | av.VideoCodecContext) -> None:
        """Write matrix, range, primaries and transfer into a frame or an encoder."""
        target.colorspace, target.color_range = self.matrix, LIMITED
        target.color_primaries = self._color.primaries
        target.color_trc = self._color.transfer

    def __call__(self, image: np.ndarray) -> av.VideoFrame:
        """Return the tagged frame; it shares no memory with the image.

        Args:
            image: [H, W], [H, W, 3] or [H, W, 4], uint8 in 0..255 or uint16 in 0..65535.
        """
        frame = self._from_gray(image) if self.channels == 'gray' else self._from_rgb(image)
        self.tag(frame)
        return frame

    def _from_gray(self, image: np.ndarray) -> av.VideoFrame:
        # No matrix is involved: gray is luma alone, whatever the weights of the colours.
        frame = av.VideoFrame(self.width, self.height, self.pixel_format)
        plane_view(frame, 0)[:] = self._table('luma', image.dtype)[image]
        for index in (1, 2):
            plane_view(frame, index)[:] = 128 << (self.bits - 8)
        return frame

    def _from_rgb(self, image: np.ndarray) -> av.VideoFrame:
        alpha = image[..., 3] if self.channels == 'rgba' else None
        if image.dtype == np.uint16 and self.bits == 8:
            # Here rather than in swscale, which would dither.
            image = self._table('narrow', image.dtype)[image]
        if image.dtype == np.uint8:
            layout = 'rgb24' if alpha is None else 'rgba'
        else:
            layout = 'rgb48le' if alpha is None else 'rgba64le'
            # swscale takes 65280, not 65535, for white in 16 bits.
            image = image - (image >> 8)
        frame = self._reformatter.reformat(
            av.VideoFrame.from_ndarray(image, layout),
            format=self.pixel_format,
            dst_colorspace=SWS_MATRIX[self.matrix],
            src_color_range=FULL,
            dst_color_range=LIMITED,
            interpolation=FLAGS,
        )
        if alpha is not None:
            plane_view(frame, 3)[:] = self._table('alpha', alpha.dtype)[alpha]
        return frame

    def _table(self, use: str, dtype: np.dtype) -> np.ndarray:
        """Return the stored value of each input value; black, white and opaque are exact."""
        if use not in self._tables:
            scale = 1 << (self.bits - 8)
            low, high = {
                'luma': (16 * scale, 235 * scale),
                'alpha': (0, 256 * scale - 1),
                'narrow': (0, 255),
            }[use]
            peak = np.iinfo(dtype).max
            values = np.rint(low + (high - low) * np.arange(peak + 1) / peak)
            self._tables[use] = values.astype(np.uint8 if self.bits == 8 else np.uint16)
        return self._tables[use]


def plane_view(frame: av.VideoFrame, index: int) -> np.ndarray:
    """Return a writable view [h, w] of a plane, without the padding of its lines."""
    plane = frame.planes[index]
    dtype = np.dtype(np.uint16 if frame.format.components[0].bits > 8 else np.uint8)
    lines = np.frombuffer(plane, dtype).reshape(-1, plane.line_size // dtype.itemsize)
    return lines[: plane.height, : plane.width]
