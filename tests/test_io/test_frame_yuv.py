import av
import numpy as np
import pytest

from rvm.io.frame_yuv import YuvConverter, plane_view
from rvm.io.media import ColorTags

# Kr and Kb of BT.709, BT.601 and BT.2020 (H.273, table 4).
WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}


def reference(image, matrix, bits):
    """Y, Cb, Cr of H.273 (equations 26 to 31), limited range, unrounded."""
    kr, kb = WEIGHTS[matrix]
    rgb = image[..., :3] / np.iinfo(image.dtype).max
    y = rgb @ [kr, 1 - kr - kb, kb]
    cb, cr = (rgb[..., 2] - y) / (2 - 2 * kb), (rgb[..., 0] - y) / (2 - 2 * kr)
    scale = 2 ** (bits - 8)
    return [(16 + 219 * y) * scale, (128 + 224 * cb) * scale, (128 + 224 * cr) * scale]


@pytest.mark.parametrize('matrix', WEIGHTS)
@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
@pytest.mark.parametrize(('pixel_format', 'bits'), [('yuv444p', 8), ('yuva444p10le', 10)])
def test_yuv_is_that_of_the_standard(matrix, dtype, pixel_format, bits):
    rng = np.random.default_rng(0)
    peak = np.iinfo(dtype).max
    image = rng.integers(0, peak, (37, 53, 4), dtype, endpoint=True)
    image[:2] = peak
    image[2:4] = 0
    channels = 'rgba' if 'yuva' in pixel_format else 'rgb'
    image = image[..., : len(channels)]
    frame = YuvConverter(53, 37, channels, pixel_format, ColorTags(matrix))(
        np.ascontiguousarray(image)
    )
    for index, true in enumerate(reference(image, matrix, bits)):
        # 0.5 is the rounding. swscale's integer arithmetic and the step from 16 to 8 bits add some.
        assert np.abs(plane_view(frame, index) - true).max() < 1.01
    if channels == 'rgba':
        stored = plane_view(frame, 3) / 1023
        assert np.abs(stored - image[..., 3] / peak).max() <= 0.5001 / 1023


def test_frame_carries_the_tags():
    converter = YuvConverter(8, 8, 'rgb', 'yuv420p', ColorTags(9, True, 9, 14))
    frame = converter(np.zeros((8, 8, 3), np.uint8))
    assert (frame.colorspace, frame.color_range) == (9, 1)
    assert (frame.color_primaries, frame.color_trc) == (9, 14)


@pytest.mark.parametrize(
    ('matrix', 'height', 'used'), [(0, 720, 1), (0, 80, 6), (8, 80, 6), (2, 720, 1)]
)
def test_matrices_without_a_yuv_give_way(matrix, height, used):
    assert YuvConverter(8, height, 'rgb', 'yuv420p', ColorTags(matrix)).matrix == used


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
def test_gray_luma_is_rounded_once(dtype):
    peak = np.iinfo(dtype).max
    image = np.linspace(0, peak, 61 * 7).round().astype(dtype).reshape(7, 61)
    frame = YuvConverter(61, 7, 'gray', 'yuv420p', ColorTags())(image)
    assert np.abs(plane_view(frame, 0) - (16 + 219 * (image / peak))).max() <= 0.5001
    assert (plane_view(frame, 1) == 128).all()
    assert (plane_view(frame, 2) == 128).all()
    assert plane_view(frame, 1).shape == (4, 31)


def test_sixteen_bits_are_rounded_not_cut_to_eight():
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    image = np.repeat(ramp[..., None], 3, 2)
    frame = YuvConverter(256, 256, 'rgb', 'yuv444p', ColorTags(1))(image)
    narrow = np.rint(image / 257).astype(np.uint8)
    same = YuvConverter(256, 256, 'rgb', 'yuv444p', ColorTags(1))(narrow)
    assert (plane_view(frame, 0) == plane_view(same, 0)).all()


def test_plane_view_leaves_out_the_padding():
    frame = av.VideoFrame(33, 5, 'gray')
    assert frame.planes[0].line_size > 33
    plane_view(frame, 0)[:] = np.arange(165).reshape(5, 33)
    assert (frame.to_ndarray() == np.arange(165).reshape(5, 33)).all()
