"""Packets: opening a container, and reading through it without decoding.

Every reader opens files here, so that each fault of a file gets one sentence, in one place.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from av.stream import Disposition

from rvm.errors import MediaError

LOGGER = logging.getLogger(__name__)

# FFmpeg's own decoders leave out the alpha that VP8 and VP9 hold as a second film beside the first.
ALPHA_DECODERS = {'vp8': 'libvpx', 'vp9': 'libvpx-vp9'}
ALPHA_DATA = 'matroska_block_additional'


def open_container(path: Path) -> tuple[av.container.InputContainer, av.VideoStream]:
    """Return the opened file and its first video stream that is no cover picture.

    Raises:
        MediaError: No such file, no media file, or no video in it.
    """
    if not path.exists():
        raise MediaError(f'{path} does not exist')
    if path.is_dir():
        raise MediaError(f'{path} is a folder, not a video file')
    if path.stat().st_size == 0:
        raise MediaError(f'{path} is empty (0 bytes)')
    try:
        container = av.open(str(path), metadata_errors='replace')
    except (FFmpegError, OSError) as error:
        raise MediaError(
            f'{path} cannot be opened as a video ({describe(error)}); it is no video, or incomplete'
        ) from error
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return container, stream
    container.close()
    raise MediaError(f'{path} has no video stream')


@dataclass
class Packets:
    """The packets of a video stream in file order, from its first key frame.

    Attributes:
        pts: [P] int64 presentation time stamps (numbers in file order if `counted`).
        shown: [P] bool, False where an edit list hides the frame.
        keys: [K, 2] int64, time stamp of each key frame and where to seek to; sorted by stamp.
        missing: Number of packets that the container announces and the file lacks.
        counted: Whether there are no usable time stamps.
        skipped: Number of packets before the first key frame, which cannot be decoded.
        open_gop: Whether a frame follows, in the file, a key frame that it precedes in time.
        alpha: Whether the packets hold alpha beside the colours (VP8 and VP9).
    """

    pts: np.ndarray
    shown: np.ndarray
    keys: np.ndarray
    missing: int
    counted: bool
    skipped: int
    open_gop: bool
    alpha: bool = False


def usable(packet: av.Packet, is_mov: bool) -> bool:
    """Return whether a packet holds a whole frame (MP4: not the one that the end of file cuts)."""
    return packet.size > 0 and not (is_mov and packet.is_corrupt)


def is_mov(container: av.container.InputContainer) -> bool:
    """Return whether the container is of the MP4 family, which announces every frame."""
    return 'mp4' in container.format.name


def scan(container: av.container.InputContainer, stream: av.VideoStream) -> Packets:
    """Demux the whole file, without decoding."""
    mov, alpha = is_mov(container), _announces_alpha(stream)
    rows, broken = [], False
    try:
        for packet in container.demux(stream):
            if usable(packet, mov):
                stamps = (packet.pts, packet.dts)
                alpha = alpha and (bool(rows) or packet.has_sidedata(ALPHA_DATA))
                key = packet.is_keyframe and not (alpha and _alpha_is_predicted(packet))
                rows.append((*stamps, key, not packet.is_discard))
    except FFmpegError as error:
        LOGGER.debug('%s: demuxing ended with %s', container.name, error)
        broken = True
    missing = max(int(broken), len(stream.index_entries) - len(rows) if mov else 0)
    start = next((number for number, row in enumerate(rows) if row[2]), 0)
    rows = rows[start:]
    # AVI has no presentation times: what FFmpeg derives from the order in the file is wrong where
    # frames are reordered.
    counted = any(row[0] is None for row in rows) or (
        container.format.name == 'avi' and not all(row[2] for row in rows)
    )
    pts = np.array([number if counted else row[0] for number, row in enumerate(rows)], np.int64)
    key = np.array([row[2] for row in rows], bool)
    key[:1] = True
    # MP4 and Matroska seek by presentation time, others by decoding time or either; the smaller of
    # both never leads past the key frame.
    by_pts = mov or 'matroska' in container.format.name
    stamps = zip(pts, (row[1] for row in rows), strict=True)
    seek = [p if by_pts or dts is None else min(p, dts) for p, dts in stamps]
    keys = np.stack([pts[key], np.array(seek, np.int64)[key]], axis=1)
    latest_key = np.maximum.accumulate(np.where(key, pts, np.iinfo(np.int64).min))
    return Packets(
        pts=pts,
        shown=np.array([row[3] for row in rows], bool),
        keys=keys[np.argsort(keys[:, 0], kind='stable')],
        missing=missing,
        counted=counted,
        skipped=start,
        open_gop=bool((pts < latest_key).any()),
        alpha=alpha,
    )


def _announces_alpha(stream: av.VideoStream) -> bool:
    tags = {name.lower(): value for name, value in stream.metadata.items()}
    return (
        stream.codec_context.codec.canonical_name in ALPHA_DECODERS
        and tags.get('alpha_mode') == '1'
    )


def _alpha_is_predicted(packet: av.Packet) -> bool:
    """Return whether the alpha of a packet leans on that of others: its key frames are its own."""
    if not packet.has_sidedata(ALPHA_DATA):
        return True
    first = bytes(packet.get_sidedata(ALPHA_DATA))[8]  # after the eight bytes of its number
    if packet.stream.codec_context.codec.canonical_name == 'vp8':
        return bool(first & 1)
    # VP9: two bits of marker, two of profile (the third profile has one more), then whether an
    # older frame is shown again, and whether this one is predicted.
    return bool(first & (0b0110 if first & 0b110000 == 0b110000 else 0b1100))


def is_cut_matroska(path: Path) -> bool:
    """Return whether a Matroska or WebM file is shorter than its segment header says."""
    with open(path, 'rb') as file:
        head = file.read(4096)
    if not head.startswith(b'\x1a\x45\xdf\xa3'):
        return False
    at = head.find(b'\x18\x53\x80\x67') + 4
    if at < 4 or at >= len(head) or head[at] == 0:
        return False
    length = 9 - head[at].bit_length()
    mask = (1 << 7 * length) - 1
    size = int.from_bytes(head[at : at + length], 'big') & mask
    # All ones: a live recording, whose length its writer did not know.
    return size != mask and at + length + size > path.stat().st_size


def describe(error: Exception) -> str:
    """Return what FFmpeg or the system says about an error, in a few words."""
    return getattr(error, 'strerror', None) or str(error)
