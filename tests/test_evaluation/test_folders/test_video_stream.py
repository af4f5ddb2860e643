import pickle

import av
import cv2
import numpy as np
import pytest

from rvm.errors import DataError, MediaError
from rvm.evaluation.folders.video_stream import VideoStream
from rvm.io import open_reader
from rvm.io.image_file import ImageHeader
from tests.test_evaluation.test_folders.sets import matte
from tests.test_io.media_factory import write_video


def write_mattes(path, mattes, pixel_format='gray'):
    source = 'gray' if mattes[0].dtype == np.uint8 else 'gray16le'
    frames = [av.VideoFrame.from_ndarray(image, source) for image in mattes]
    return write_video(path, frames, 'ffv1', pixel_format=pixel_format)


def test_names_headers_and_parts(tmp_path):
    path = write_video(tmp_path / 'a.mp4', 12, gop=5)
    stream = VideoStream.of(path)
    assert (len(stream), stream.num_headers) == (12, 1)
    assert stream.frame_names[:2] == ['0000', '0001']
    assert stream.where == path
    assert stream.can_start_anywhere
    assert stream.header(0) == ImageHeader((48, 64), 8, False)
    part = pickle.loads(pickle.dumps(stream.part(7, 11).part(1, 3)))
    assert part.frame_names == ['0008', '0009']
    assert part.describe(1) == f'{path}, frame 9,'
    with open_reader(path, backend='pyav') as reader:
        np.testing.assert_array_equal(list(part.pictures()), reader.read([8, 9]))


def test_mattes_are_exact(tmp_path):
    mattes = [matte(number) for number in range(6)]
    stream = VideoStream.of(write_mattes(tmp_path / 'a.mkv', mattes))
    np.testing.assert_array_equal(list(stream.mattes()), mattes)
    np.testing.assert_array_equal(list(stream.part(4, 6).mattes()), mattes[4:])


def test_more_than_8_bits_are_16(tmp_path):
    mattes = [matte(number).astype(np.uint16) * 257 for number in range(2)]
    stream = VideoStream.of(write_mattes(tmp_path / 'a.mkv', mattes, 'gray16le'))
    assert stream.header(0).depth == 16
    np.testing.assert_array_equal(list(stream.mattes()), mattes)


def test_a_film_is_no_matte(tmp_path):
    stream = VideoStream.of(write_video(tmp_path / 'a.mp4', 6))
    with pytest.raises(DataError, match=r'a\.mp4, frame 2, is a picture in colours'):
        list(stream.part(2, 4).mattes())


def test_a_video_without_its_end_is_refused(tmp_path):
    path = write_video(tmp_path / 'a.mp4', 30, container_options={'movflags': 'faststart'})
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(MediaError, match=r'a\.mp4 ends after frame \d+ of 30 \(truncated\?\)'):
        VideoStream.of(path)


def test_thumbnails_are_shrunk(tmp_path):
    stream = VideoStream.of(write_video(tmp_path / 'a.mp4', 4))
    first, second = stream.part(1, 3).thumbnails(30)
    (image, *_) = stream.part(1, 3).pictures()
    expected = cv2.resize(image, (32, 24), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(first().transpose(1, 2, 0), expected)
    assert (first() != second()).any()
