"""Reading and writing of videos and images."""

from rvm.io.codecs import H264Writer, H265Writer, ProRes4444Writer, VP9Writer
from rvm.io.frame_decode import decode_frame, frame_size
from rvm.io.image_file import read_image
from rvm.io.image_reader import is_image, is_video, natural_key
from rvm.io.image_writer import ImageWriter, PngSequenceWriter
from rvm.io.media import ColorTags, Frame, MediaInfo
from rvm.io.readers import Reader, open_reader
from rvm.io.video_index import VideoIndex, probe
from rvm.io.writer import Writer
from rvm.io.writers import open_writer

__all__ = [
    'ColorTags',
    'Frame',
    'H264Writer',
    'H265Writer',
    'ImageWriter',
    'MediaInfo',
    'PngSequenceWriter',
    'ProRes4444Writer',
    'Reader',
    'VP9Writer',
    'VideoIndex',
    'Writer',
    'decode_frame',
    'frame_size',
    'is_image',
    'is_video',
    'natural_key',
    'open_reader',
    'open_writer',
    'probe',
    'read_image',
]
