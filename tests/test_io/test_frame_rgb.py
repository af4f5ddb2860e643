import numpy as np
import pytest

from rvm.errors import MediaError
from rvm.io.frame_rgb import FrameConverter, Orientation, frame_color
from rvm.io.media import ColorTags
from tests.test_io.media_factory import expected_rgb, yuv_frame


def block_values(bits, full_range):
    """A grid of YUV triples whose RGB is mostly inside the cube."""
    low, high = (0, 255) if full_range else (16, 235)
    y, u, v = np.meshgrid(
        np.linspace(low, high, 9).round(), np.arange(100, 160, 12), [104, 128, 150], indexing='ij'
    )
    grid = np.stack([y, u, v], -1).reshape(-1, 15, 3) * 2 ** (bits - 8)
    if full_range:
        grid[-1, -1] = [2**bits - 1, 2 ** (bits - 1), 2 ** (bits - 1)]
    return np.minimum(grid, 2**bits - 1).astype(np.int64)


@pytest.mark.parametrize('matrix', [1, 5, 6, 9])
@pytest.mark.parametrize(
    ('pixel_format', 'bits', 'full_range'),
    [
        ('yuv420p', 8, False),
        ('yuv420p', 8, True),
        ('yuvj420p', 8, True),
        ('yuv444p', 8, False),
        ('yuv420p10le', 10, False),
        ('yuv420p10le', 10, True),
        ('yuv422p12le', 12, False),
        ('yuva444p10le', 10, False),
    ],
)
def test_conversion_follows_the_formulas(pixel_format, bits, full_range, matrix):
    values = block_values(bits, full_range)
    frame = yuv_frame(pixel_format, values)
    expected = expected_rgb(values, matrix, full_range, bits)
    for depth, top in ((8, 255), (16, 65535)):
        convert = FrameConverter('x', ColorTags(matrix, full_range), Orientation(), depth)
        image = convert(frame)
        assert image.shape == (frame.height, frame.width, 3)
        assert image.dtype == (np.uint8 if depth == 8 else np.uint16)
        error = image[8::16, 8::16] / top - expected
        # 8 bits: rounding alone. 16 bits: finer than a step of 12 bits.
        assert np.abs(error).max() < (0.6 / 255 if depth == 8 else 0.5 / 4095)


@pytest.mark.parametrize(('pixel_format', 'bits'), [('yuv420p', 8), ('yuv420p10le', 10)])
def test_white_and_black_are_the_ends_of_the_scale(pixel_format, bits):
    step = 2 ** (bits - 8)
    values = np.array([[[16, 128, 128], [235, 128, 128], [254, 128, 128]]]) * step
    convert = FrameConverter('x', ColorTags(1), Orientation(), 16)
    assert convert(yuv_frame(pixel_format, values))[8, 8::16, 0].tolist() == [0, 65535, 65535]


def test_ten_bit_steps_stay_apart():
    ramp = np.arange(64, 941)
    values = np.stack([ramp, np.full_like(ramp, 512), np.full_like(ramp, 512)], -1)[None]
    image = FrameConverter('x', ColorTags(1), Orientation(), 16)(yuv_frame('yuv420p10le', values))
    assert (np.diff(image[8, 8::16, 1].astype(int)) > 60).all()


@pytest.mark.parametrize(('size', 'matrix'), [(45, 1), (44, 6)])
def test_missing_matrix_is_guessed_from_the_height(size, matrix):
    values = np.full((size, 2, 3), (120, 90, 160))
    image = FrameConverter('x', ColorTags(), Orientation(), 8)(yuv_frame('yuv420p', values))
    expected = expected_rgb(np.array([120, 90, 160]), matrix, False, 8) * 255
    assert np.abs(image[8, 8] - expected).max() < 0.6


def test_yuv_tagged_as_rgb_counts_as_untagged():
    frame = yuv_frame('yuv420p', np.full((2, 2, 3), (120, 90, 160)))
    tagged = FrameConverter('x', ColorTags(0), Orientation(), 8)(frame)
    assert np.array_equal(tagged, FrameConverter('x', ColorTags(), Orientation(), 8)(frame))


def test_matrix_that_cannot_be_converted_is_refused():
    convert = FrameConverter('clip.mkv', ColorTags(8), Orientation(), 8)
    with pytest.raises(MediaError, match=r'clip\.mkv has colour matrix 8'):
        convert(yuv_frame('yuv420p', np.full((2, 2, 3), 128)))


def test_change_of_size_is_refused():
    convert = FrameConverter('clip.ts', ColorTags(1), Orientation(), 8)
    convert(yuv_frame('yuv420p', np.full((2, 2, 3), 128)))
    with pytest.raises(MediaError, match=r'clip\.ts: the picture changes from 32x32 to 48x32'):
        convert(yuv_frame('yuv420p', np.full((2, 3, 3), 128)))


@pytest.mark.parametrize('transpose', [False, True])
@pytest.mark.parametrize('flip_x', [False, True])
@pytest.mark.parametrize('flip_y', [False, True])
@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
def test_orientation_transposes_then_flips(transpose, flip_x, flip_y, dtype):
    image = np.arange(2 * 5 * 3).reshape(2, 5, 3).astype(dtype)
    expected = image.transpose(1, 0, 2) if transpose else image
    expected = expected[:: -1 if flip_y else 1, :: -1 if flip_x else 1]
    turned = Orientation(transpose, flip_x, flip_y).apply(image)
    assert np.array_equal(turned, expected)
    assert turned.flags.c_contiguous


def test_rotation_is_clockwise():
    image = np.arange(6, dtype=np.uint8).reshape(2, 3, 1).repeat(3, 2)
    for turns, orientation in enumerate(
        [
            Orientation(),
            Orientation(transpose=True, flip_x=True),
            Orientation(flip_x=True, flip_y=True),
            Orientation(transpose=True, flip_y=True),
        ]
    ):
        assert orientation.rotation == 90 * turns
        assert np.array_equal(orientation.apply(image), np.rot90(image, -turns))


def test_color_tags_of_full_range_formats():
    assert frame_color(yuv_frame('yuvj420p', np.full((2, 2, 3), 128))).full_range
    assert not frame_color(yuv_frame('yuv420p', np.full((2, 2, 3), 128))).full_range
