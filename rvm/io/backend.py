"""Which library reads a video at random: decord where it is right, PyAV everywhere else."""

import importlib.util
import logging

import numpy as np

from rvm.io.frame_rgb import Orientation
from rvm.io.media import UNSPECIFIED
from rvm.io.video_index import VideoIndex

LOGGER = logging.getLogger(__name__)

DECORD_CODECS = ('h264', 'hevc', 'vp9', 'mpeg4')
DECORD_FORMATS = ('yuv444p', 'yuvj444p')


def decord_misreads(index: VideoIndex) -> str | None:
    """Return why decord would return other frames than asked for, or none; None if it would not."""
    objections = {
        f'codec {index.codec}': index.codec not in DECORD_CODECS,
        'no time stamps': index.counted,
        'an open group of pictures': index.open_gop,
        'an edit list': index.trimmed,
        'a variable rate': index.info.variable_rate,
        'equal time stamps': bool((np.diff(index.pts) == 0).any()),
        'a rotation': index.orientation != Orientation(),
        'a cut-off end': index.missing > 0,
    }
    return next((reason for reason, holds in objections.items() if holds), None)


def decord_objection(index: VideoIndex) -> str | None:
    """Return why decord would give wrong frames, or other pixels than PyAV; None if it is right.

    Measured with decord 0.6 (see tests/test_io/test_decord_reader.py): its pixels are ours, bit
    for bit, for 4:4:4; for 4:2:0 it repeats chroma samples and truncates (1 to 2 of 255 darker on
    average, 25 at edges), and it takes BT.601 where the file names no matrix. Nothing would be
    gained: random windows of 15 frames of H.264, 4:2:0, with 12 or 250 frames between key frames,
    take 0.95 to 0.99 times as long with `VideoReader`, and as much of the processor.
    """
    if index.pixel_format not in DECORD_FORMATS:
        return f'pixel format {index.pixel_format}'
    if index.info.color.matrix == UNSPECIFIED and index.info.height >= 720:
        return 'no colour matrix'
    return decord_misreads(index)


def _has_decord() -> bool:
    try:
        return importlib.util.find_spec('decord') is not None
    except ValueError:  # imported, but not as a package is
        return False


def choose_backend(index: VideoIndex, access: str) -> str:
    """Return 'decord' for random access where it is there and right for the file, else 'pyav'.

    Where both are right, their pixels are equal: that decord is absent changes nothing.
    """
    reason = 'sequential access' if access == 'sequential' else decord_objection(index)
    if reason is None and not _has_decord():
        reason = 'decord is not installed'
    chosen = 'decord' if reason is None else 'pyav'
    LOGGER.debug('%s: %s (%s)', index.path, chosen, reason or 'random access, closed groups')
    return chosen
