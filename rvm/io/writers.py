"""Which writer a target gets: chosen by its suffix, or asked for by its registered name."""

import inspect
import os
from pathlib import Path

from rvm.errors import MediaError
from rvm.io.media import MediaInfo
from rvm.io.writer import Writer
from rvm.registry import WRITERS

# Suffix -> codec -> class; the first codec is the default, and for rgba the first that holds alpha.
VIDEO_FORMATS = {
    '.mp4': {'h264': 'H264Writer', 'h265': 'H265Writer'},
    '.mov': {'h264': 'H264Writer', 'h265': 'H265Writer', 'prores': 'ProRes4444Writer'},
    '.mkv': {
        'h264': 'H264Writer',
        'h265': 'H265Writer',
        'vp9': 'VP9Writer',
        'prores': 'ProRes4444Writer',
    },
    '.webm': {'vp9': 'VP9Writer'},
}
STILL_SUFFIXES = ('.png', '.jpg', '.jpeg')


def open_writer(
    path: str | os.PathLike,
    info: MediaInfo,
    *,
    channels: str,
    codec: str | None = None,
    type: str | None = None,  # the key by which mmengine's registries name a class
    **options,
) -> Writer:
    """Open the writer that the suffix asks for.

    .mp4 and .mkv hold H.264 (`codec='h265'`: H.265), .mov H.264 or for rgba ProRes 4444, .webm VP9;
    .mkv with rgba holds VP9 too. .png and .jpg hold one still. A path without suffix, an existing
    folder, or a path that ends in a slash becomes a folder of numbered PNG.

    Args:
        path: The target.
        info: Description of the output, see `Writer`.
        channels: 'gray', 'rgb' or 'rgba' (straight alpha).
        codec: 'h264', 'h265', 'prores' or 'vp9', where the container allows a choice.
        type: Registered name of a writer, instead of the choice by suffix.
        options: `audio_from`, `crf`, `preset` and what else the class takes; None: its default.
    """
    name = type or _class_name(path, channels, codec)
    cls = WRITERS.get(name)
    if cls is None:
        raise MediaError(f'{path}: no writer {name!r} is registered')
    options = {key: value for key, value in options.items() if value is not None}
    unknown = set(options) - set(inspect.signature(cls).parameters)
    if unknown:
        raise MediaError(f'{path}: {name} has no option {", ".join(sorted(unknown))}; leave it out')
    return cls(path, info, channels=channels, **options)


def _class_name(path: str | os.PathLike, channels: str, codec: str | None) -> str:
    text, target = os.fspath(path), Path(path)
    suffix = target.suffix.lower()
    if suffix in VIDEO_FORMATS:
        if target.is_dir():
            raise MediaError(
                f'{path} is a folder with the name of a video; remove it, or name another output'
            )
        codecs = VIDEO_FORMATS[suffix]
        with_alpha = [name for name in codecs if WRITERS.get(codecs[name]).holds_alpha]
        if codec is None:
            if channels == 'rgba' and not with_alpha:
                raise MediaError(
                    f'{path}: {suffix[1:]} holds no transparency; '
                    'use .mov, .webm or a folder of PNG'
                )
            codec = with_alpha[0] if channels == 'rgba' else next(iter(codecs))
        if codec not in codecs:
            raise MediaError(f'{path}: {suffix} holds {", ".join(codecs)}, not {codec!r}')
        if channels == 'rgba' and codec not in with_alpha:
            other = f'codec={with_alpha[0]!r}' if with_alpha else '.mov, .webm'
            raise MediaError(
                f'{path}: {codec} holds no transparency; use {other} or a folder of PNG'
            )
        return codecs[codec]
    if codec is not None:
        raise MediaError(f'{path}: codec={codec!r} is for videos, not for images')
    if not suffix or target.is_dir() or text.endswith(('/', os.sep)):
        return 'PngSequenceWriter'
    if suffix in STILL_SUFFIXES:
        return 'ImageWriter'
    known = ', '.join([*VIDEO_FORMATS, *STILL_SUFFIXES])
    raise MediaError(
        f'{path}: unknown suffix {suffix}; use one of {known}, or none for a folder of PNG'
    )
