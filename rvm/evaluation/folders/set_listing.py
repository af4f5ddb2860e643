"""Which clips a test set or a prediction holds: `<set>/<dataset>/<clip>/{pha,fgr,com}`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rvm.errors import DataError
from rvm.evaluation.folders.frame_stream import FrameStream
from rvm.evaluation.folders.image_stream import ImageStream
from rvm.evaluation.folders.video_stream import VideoStream
from rvm.io import is_video
from rvm.io.listing import by_stem, folder_names, image_names, name_some

MATTE = 'pha'
DEPTH = 2
"""Folders between a set and its mattes."""
MOST_LOOKED_AT = 1000
"""Folders of a level in which a misplaced clip is looked for."""


def find_clips(root: Path) -> dict[str, Path]:
    """Return the folders of clips by '<dataset>/<clip>', in natural order.

    Args:
        root: Folder of the set, which holds the data sets. Of a folder in it that holds no folders
            there are no clips.

    Raises:
        DataError: There is no such folder, or no clip in it has mattes; the sentence names the
            level at which there are some.
    """
    if not root.is_dir():
        what = 'is a file' if root.exists() else 'does not exist'
        raise DataError(f'{root} {what}; give a folder that holds <dataset>/<clip>/{MATTE}')
    names = list(_below(root, DEPTH))
    if not any(find_kind(root / name, MATTE) for name in names):
        raise DataError(_misplaced(root))
    return {name: root / name for name in names}


def find_kind(clip: Path, kind: str) -> list[Path]:
    """Return the folder or the video of a kind of pictures of a clip; all, if there are several."""
    folder = clip / kind
    found = [folder] if folder.is_dir() else []
    try:
        files = sorted(clip.glob(f'{kind}.*'))
    except OSError as error:
        raise DataError(f'{clip} cannot be read ({error.strerror})') from error
    return found + [path for path in files if is_video(path) and path.is_file()]


def open_stream(found: Sequence[Path]) -> FrameStream:
    """Return the pictures of a kind of a clip, in order.

    Args:
        found: What `find_kind` has returned, not empty.

    Raises:
        DataError: There are several sources, no images, or two images of one name.
        MediaError: A video cannot be read.
    """
    if len(found) > 1:
        raise DataError(f'{found[0]} and {found[1].name} are both there')
    (path,) = found
    if not path.is_dir():
        return VideoStream.of(path)
    names = image_names(path)
    if not names:
        raise DataError(f'{path} holds no images')
    _, twins = by_stem(names)
    if twins:
        shown = name_some([f'{one} and {other}' for one, other in twins], most=3)
        raise DataError(f'{path} holds {shown}')
    return ImageStream(path, tuple(names))


def _below(root: Path, depth: int) -> Iterator[str]:
    """Yield folders `depth` levels below a folder, in natural order, as paths from there."""
    if depth == 0:
        yield ''
        return
    for first in folder_names(root):
        for rest in _below(root / first, depth - 1):
            yield f'{first}/{rest}' if rest else first


def _misplaced(root: Path) -> str:
    """Return a sentence on a set without clips: where clips are, or what there is instead."""
    wanted = f'<dataset>/<clip>/{MATTE}'
    for depth in (0, 1, 3, 4):
        for name, _ in zip(_below(root, depth), range(MOST_LOOKED_AT), strict=False):
            found = find_kind(root / name, MATTE)
            if not found:
                continue
            place = found[0].relative_to(root).as_posix()
            if depth < DEPTH:
                above = '..' if depth == 1 else '../..'
                parent = (root / above).resolve()
                return (
                    f'{root} holds {place} where {wanted} is expected: it is '
                    f'{"a data set" if depth else "a clip"}; give the folder of the set, {parent}'
                )
            inner = root / '/'.join(name.split('/')[: depth - DEPTH])
            return f'{root} holds {place} where {wanted} is expected: give {inner}'
    images = image_names(root)
    if images:
        return f'{root} holds images ({name_some(images, most=3)}) where {wanted} is expected'
    folders = list(zip(_below(root, 1), range(MOST_LOOKED_AT), strict=False))
    holds = (
        f'folders ({name_some([name for name, _ in folders], most=3)})' if folders else 'nothing'
    )
    return f'{root} holds {holds}, and no {wanted}, folder or video; give the folder of a set'
