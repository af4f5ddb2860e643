"""A whole conversion: read, matte, compose and write, overlapped in threads."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import torch

from rvm.errors import MediaError, UserError
from rvm.inference.matter import Matter
from rvm.inference.memory import explain_out_of_memory
from rvm.inference.outputs import Outputs, is_video_target
from rvm.inference.workers import Prefetcher
from rvm.io.reader import KEEP_FRAMES
from rvm.io.readers import Reader, Source, open_reader
from rvm.models import network_from_weights
from rvm.models.matting_network import MattingNetwork

FRAMES_AHEAD = 4
"""Decoded frames that may wait for the network."""

MIN_RATE, MAX_RATE = Fraction(1, 1000), Fraction(1000)
MAX_DENOMINATOR = 1_001_000
"""Bounds of a frame rate that is given by hand; what encoders and containers can count in."""


@dataclass
class MattingResult:
    """What a conversion did.

    Attributes:
        source: Name of the source.
        outputs: The files and folders written.
        num_frames: Frames matted.
        seconds: Wall time from the first frame asked for to the last file in place.
        busy_seconds: Seconds spent in 'decode', 'network' (composition included) and 'encode'; they
            overlap.
        damage: Where the source ended too early (with `on_error='stop'`), or None.
    """

    source: str
    outputs: list[Path]
    num_frames: int = 0
    seconds: float = 0.0
    busy_seconds: dict[str, float] = field(default_factory=dict)
    damage: str | None = None


def matte_video(
    source: Source,
    network: MattingNetwork | Matter | str | Path,
    *,
    alpha: str | Path | None = None,
    foreground: str | Path | None = None,
    composite: str | Path | None = None,
    background: str | Path | None = None,
    downsample_ratio: float | str = 'auto',
    chunk: int | str = 'auto',
    device: str | torch.device = 'auto',
    frame_rate: Fraction | float | None = None,
    codec: str | None = None,
    crf: int | None = None,
    on_error: str = 'raise',
    progress: Callable[[int, int | None], object] | None = None,
) -> MattingResult:
    """Matte a video, an image folder, a list of images or a still.

    Outputs have the size, rate, time stamps, orientation and sound of the source. Formats go by the
    suffix (see `rvm.io.open_writer`). All outputs appear together at the end, or none: an error, an
    interrupt or a full disk leaves what was there before.

    Args:
        source: See `rvm.io.open_reader`.
        network: A network, a weights file (see `rvm.models.load_weights`), or a `Matter`, whose own
            ratio, chunk and device then count.
        alpha: Output for alpha, grey.
        foreground: Output for the foreground colour as predicted, without alpha.
        composite: Output for the person over `background`; without one, with transparency (straight
            alpha): a folder of PNG, .mov (ProRes 4444), .webm or .mkv (VP9).
        background: A colour, an image or a video, see `Background`.
        downsample_ratio: See `Matter`.
        chunk: See `Matter`.
        device: See `Matter`.
        frame_rate: Of image folders and lists, in 1/1000..1000 a second; a video has its own.
        codec: 'h264', 'h265', 'vp9', 'prores': of the outputs that allow a choice.
        crf: Quality of the video outputs, lower is better; None: visually lossless. Like `codec`
            refused where no output is a video.
        on_error: 'raise', or 'stop': a source that is damaged or cut off ends before the damage.
        progress: Called after every frame with (frames done, frames in all or None).

    Raises:
        UserError: Wrong input, in one sentence.
    """
    requested = {'alpha': alpha, 'foreground': foreground, 'composite': composite}
    targets = {kind: path for kind, path in requested.items() if path is not None}
    check_outputs(targets, background)
    check_encoding(targets.values(), codec, crf)
    _check_places(targets, source, background)
    frame_rate = _exact_rate(frame_rate)
    if not isinstance(network, Matter):
        if isinstance(network, str | Path):
            network = network_from_weights(network)
        network = Matter(network, downsample_ratio, chunk, device)
    with open_reader(source, bit_depth=None, frame_rate=frame_rate, on_error=on_error) as reader:
        if reader.damage and on_error == 'raise':
            # the index shows it already: better said now than after hours of work
            raise MediaError(f'{reader.damage}; {KEEP_FRAMES}')
        result = MattingResult(reader.info.name, [Path(path) for path in targets.values()])
        start = time.perf_counter()
        with Outputs(targets, reader.info, background, codec, crf) as outputs:
            _convert(reader, network, outputs, result, progress)
        result.seconds = time.perf_counter() - start
        result.damage = reader.damage
    return result


def _convert(
    reader: Reader,
    matter: Matter,
    outputs: Outputs,
    result: MattingResult,
    progress: Callable[[int, int | None], object] | None,
) -> None:
    """Run all frames through; the outputs are finished when this returns."""
    times: deque[Fraction] = deque()
    with Prefetcher(reader, FRAMES_AHEAD) as frames:

        def images():
            for frame in frames:
                times.append(frame.time)
                yield frame.image

        height, width = reader.info.height, reader.info.width
        chunk, ratio = matter.chunk_for(height, width), matter.ratio_for(height, width)
        start = time.perf_counter()
        for fgr, pha in matter.stream(images()):
            with explain_out_of_memory(width, height, chunk, ratio):
                outputs.write(fgr, pha, times.popleft())
            result.num_frames += 1
            if progress is not None:
                progress(result.num_frames, reader.info.num_frames)
        network = time.perf_counter() - start - frames.waited_seconds - outputs.waited_seconds()
    outputs.finish()
    result.busy_seconds = {
        'decode': frames.busy_seconds,
        'network': network,
        'encode': outputs.busy_seconds(),
    }


def check_outputs(targets: dict[str, str | Path], background: str | Path | None) -> None:
    """Refuse a request without outputs, or with a background and nothing to put over it."""
    if not targets:
        raise UserError('nothing to do: ask for at least one of alpha, foreground and composite')
    if background is not None and 'composite' not in targets:
        raise UserError('a background is given, but no composite output to put it into')


def check_encoding(targets: Iterable[str | Path], codec: str | None, crf: int | None) -> None:
    """Refuse settings of an encoder where no target is a video."""
    given = ' and '.join(
        f'{name}={value}' for name, value in (('codec', codec), ('crf', crf)) if value is not None
    )
    if given and not any(map(is_video_target, targets)):
        raise UserError(f'{given}: this is for videos, and no output is one; leave it out')


def _exact_rate(rate: Fraction | float | None) -> Fraction | None:
    """Return a frame rate that every encoder can count in; refuse what is none."""
    if rate is None:
        return None
    try:
        exact = Fraction(rate)
    except (ValueError, OverflowError, TypeError):
        exact = Fraction(0)  # not a number, or infinite
    if not MIN_RATE <= exact <= MAX_RATE:
        raise UserError(
            f'frame_rate: expected frames a second in {MIN_RATE}..{MAX_RATE}, got {rate}'
        )
    return exact.limit_denominator(MAX_DENOMINATOR)


def _check_places(
    targets: dict[str, str | Path], source: Source, background: str | Path | None
) -> None:
    """Refuse outputs that would take the place of one another, or of what they are made from.

    A folder of PNG replaces the folder that is there, with all that it holds. A file put into a
    folder that is read would be one of its frames, or something strange in it, the next time.
    """
    places = {kind: Path(path).resolve() for kind, path in targets.items()}
    for kind, place in places.items():
        for other, path in places.items():
            if kind < other and place == path:
                raise UserError(f'{kind} and {other} are both to be written to {place}')
            if place in path.parents:
                raise UserError(f'{other} is to be written into {place}, the output {kind} itself')
    sources = [source] if isinstance(source, str | Path) else list(source)
    if background is not None:
        sources.append(background)
    for used in (Path(path).resolve() for path in sources):
        for kind, place in places.items():
            folder_of_png = place.is_dir() or not place.suffix or str(targets[kind]).endswith('/')
            if used == place.parent and used.is_dir() and not folder_of_png:
                raise UserError(
                    f'{place} would be written into {used}, whose images are read; name another '
                    f'folder for {kind}'
                )
            if used.exists() and (place == used or place in used.parents):
                raise UserError(
                    f'{place} would be written over {used}, which is read; name another output'
                )
