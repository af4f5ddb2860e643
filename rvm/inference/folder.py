"""A folder of videos, one conversion after the other, restartable."""

import errno
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rvm.errors import MediaError, UserError
from rvm.inference.damage_record import UNFINISHED, read_damage, remember_damage
from rvm.inference.matter import Matter
from rvm.inference.pipeline import MattingResult, check_encoding, check_outputs, matte_video
from rvm.io.image_reader import is_image, is_video, natural_key
from rvm.io.writers import VIDEO_FORMATS
from rvm.registry import WRITERS

logger = logging.getLogger(__name__)

SUFFIX, TRANSPARENT_SUFFIX = '.mp4', '.mov'
"""Formats of the outputs of a folder job, without and with transparency."""


@dataclass
class FolderResult:
    """What became of each video.

    Attributes:
        done: Results, in order.
        skipped: Videos whose outputs were all there.
        failed: Video -> the sentence that says why.
        damaged: Video whose outputs are there in part only, be it done now or before -> where it
            ends (with the option `on_error='stop'`).
    """

    done: list[MattingResult] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)
    failed: dict[Path, str] = field(default_factory=dict)
    damaged: dict[Path, str] = field(default_factory=dict)


def list_videos(folder: str | Path) -> list[Path]:
    """Return the videos of a folder in natural order; [] if it holds none.

    Raises:
        UserError: It holds videos and images, or two videos whose outputs would collide.
    """
    entries = [p for p in Path(folder).iterdir() if p.is_file() and not p.name.startswith('.')]
    videos = sorted((p for p in entries if is_video(p)), key=natural_key)
    if videos and any(is_image(p) for p in entries):
        raise UserError(
            f'{folder} holds both videos and images; put them into folders of their own'
        )
    stems: dict[str, Path] = {}
    for video in videos:
        if video.stem in stems:
            raise UserError(
                f'{stems[video.stem]} and {video} would have the same output names; rename one'
            )
        stems[video.stem] = video
    return videos


def matte_folder(
    folder: str | Path,
    matter: Matter,
    *,
    alpha: str | Path | None = None,
    foreground: str | Path | None = None,
    composite: str | Path | None = None,
    suffix: str | None = None,
    overwrite: bool = False,
    progress: Callable[[Path, int, int], Callable[[int, int | None], object]] | None = None,
    **options: Any,
) -> FolderResult:
    """Matte every video of a folder.

    A video whose outputs are all there is skipped, so that a job started again goes on where it
    was. One that fails, by whatever error, is reported at the end; the others are done all the
    same. Only a full disk stops the job, since it would stop all others too.

    Args:
        folder: Holds the videos.
        matter: Runs the network; its state starts anew with every video.
        alpha: Folder for the alpha videos, `NAME.mp4`.
        foreground: Folder for the foreground videos.
        composite: Folder for the composites; without a `background` option `NAME.mov` with alpha.
        suffix: Format of all outputs instead, '.webm' for example; 'png' for folders of PNG.
        overwrite: Do again what is there.
        progress: Called with (video, number of it, number of videos) before each; what it returns
            is given to `matte_video` as its `progress`.
        options: Other options of `matte_video`.

    Raises:
        UserError: The folder holds no videos, outputs would go there or have equal names, nothing
            is asked for, the format cannot hold it, the disk is full, or see `list_videos`.
    """
    videos = list_videos(folder)
    if not videos:
        raise UserError(f'{folder} holds no videos')
    requested = {'alpha': alpha, 'foreground': foreground, 'composite': composite}
    folders = {kind: Path(path) for kind, path in requested.items() if path is not None}
    check_outputs(folders, options.get('background'))
    suffixes = {kind: _suffix(kind, suffix, options) for kind in folders}
    check_encoding(
        [f'any{end}' for end in suffixes.values()], options.get('codec'), options.get('crf')
    )
    _check_folders(Path(folder), folders, suffixes)
    result = FolderResult()
    for number, video in enumerate(videos):
        targets = {
            kind: f'{target / video.stem}{suffixes[kind]}' for kind, target in folders.items()
        }
        paths = [Path(target) for target in targets.values()]
        if not overwrite and all(map(_is_complete, paths)):
            _skip(video, paths, result)
            continue
        report = None if progress is None else progress(video, number, len(videos))
        try:
            if options.get('on_error') == 'stop':
                for path in paths:  # killed between outputs and record, it must not pass for done
                    remember_damage(path, UNFINISHED)
            done = matte_video(video, matter, progress=report, **targets, **options)
            for path in paths:
                remember_damage(path, done.damage)
        except Exception as error:
            _note_failure(video, error, result)
        else:
            result.done.append(done)
            if done.damage:
                result.damaged[video] = done.damage
    return result


def _skip(video: Path, outputs: list[Path], result: FolderResult) -> None:
    """Take note of a video that was done before, and of what was damaged in it."""
    logger.info('%s: done already', video)
    result.skipped.append(video)
    damage = next(filter(None, map(read_damage, outputs)), None)
    if damage:
        result.damaged[video] = (
            f'{damage}; kept in part by an earlier run, --overwrite does it anew'
        )


def _is_complete(output: Path) -> bool:
    """Whether an output is there, holds something, and its damage is known if it has any."""
    if read_damage(output) == UNFINISHED:
        return False
    if output.is_dir():
        return any(output.iterdir())
    return output.is_file() and output.stat().st_size > 0


def _note_failure(video: Path, error: Exception, result: FolderResult) -> None:
    """Log why a video failed; raise where all others would fail as well."""
    cause: BaseException | None = error
    while cause is not None:
        if getattr(cause, 'errno', None) in (errno.ENOSPC, errno.EDQUOT):
            if isinstance(error, UserError):
                raise error
            raise MediaError(f'{video}: the disk is full; free some space') from error
        cause = cause.__cause__
    if isinstance(error, UserError):
        logger.error('error: %s', error)
        result.failed[video] = str(error)
    else:
        logger.error('%s: an unexpected error', video, exc_info=error)
        first = (str(error).strip().splitlines() or ['no message'])[0]
        result.failed[video] = f'{type(error).__name__}: {first}'


def _check_folders(folder: Path, outputs: dict[str, Path], suffixes: dict[str, str]) -> None:
    """Refuse folders in which outputs would pass for videos, or have equal names."""
    seen: dict[tuple[Path, str], str] = {}
    for kind, path in outputs.items():
        if path.resolve() == folder.resolve():
            raise UserError(f'{path} holds the videos; name another folder for {kind}')
        other = seen.setdefault((path.resolve(), suffixes[kind]), kind)
        if other != kind:
            raise UserError(f'{kind} and {other} would have the same names in {path}')


def _suffix(kind: str, suffix: str | None, options: dict[str, Any]) -> str:
    """Return what is put behind the names of an output; refuse what cannot hold it."""
    transparent = kind == 'composite' and options.get('background') is None
    if suffix is None:
        chosen = TRANSPARENT_SUFFIX if transparent else SUFFIX
    else:
        chosen = f'.{suffix.lstrip(".").lower()}'
    if chosen == '.png':
        return '/'
    if chosen not in VIDEO_FORMATS:
        known = ', '.join(name.lstrip('.') for name in VIDEO_FORMATS)
        raise UserError(f'suffix: {suffix!r} is no format of outputs; use one of {known}, png')
    codecs, codec = VIDEO_FORMATS[chosen], options.get('codec')
    if codec is not None and codec not in codecs:
        raise UserError(
            f'{kind}: {chosen} holds {", ".join(codecs)}, not {codec!r}; choose another codec or '
            'suffix'
        )
    usable = codecs if codec is None else [codec]
    if transparent and not any(WRITERS.get(codecs[name]).holds_alpha for name in usable):
        what = chosen if codec is None else f'{chosen} with {codec}'
        raise UserError(
            f'{kind}: {what} holds no transparency; use the suffix mov, webm or png, or give a '
            'background'
        )
    return chosen
