"""A folder of videos, one conversion after the other, restartable."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rvm.errors import UserError
from rvm.inference.matter import Matter
from rvm.inference.pipeline import MattingResult, check_outputs, matte_video
from rvm.io.image_reader import is_image, is_video, natural_key

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
    """

    done: list[MattingResult] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)
    failed: dict[Path, str] = field(default_factory=dict)


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
    was. One that fails is reported at the end; the others are done all the same.

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
            is asked for, or see `list_videos`.
    """
    videos = list_videos(folder)
    if not videos:
        raise UserError(f'{folder} holds no videos')
    requested = {'alpha': alpha, 'foreground': foreground, 'composite': composite}
    folders = {kind: Path(path) for kind, path in requested.items() if path is not None}
    check_outputs(folders, options.get('background'))
    suffixes = {kind: _suffix(kind, suffix, options) for kind in folders}
    _check_folders(Path(folder), folders, suffixes)
    result = FolderResult()
    for number, video in enumerate(videos):
        targets = {
            kind: f'{target / video.stem}{suffixes[kind]}' for kind, target in folders.items()
        }
        if not overwrite and all(Path(path).exists() for path in targets.values()):
            logger.info('%s: done already', video)
            result.skipped.append(video)
            continue
        report = None if progress is None else progress(video, number, len(videos))
        try:
            done = matte_video(video, matter, progress=report, **targets, **options)
        except UserError as error:
            logger.error('error: %s', error)
            result.failed[video] = str(error)
        else:
            result.done.append(done)
    return result


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
    if suffix is not None:
        suffix = suffix.lstrip('.')
        return '/' if suffix.lower() == 'png' else f'.{suffix}'
    transparent = kind == 'composite' and options.get('background') is None
    return TRANSPARENT_SUFFIX if transparent else SUFFIX
