"""Where the sources of a sample lie, as plain values that say nothing about the machine."""

from pathlib import Path

from rvm.datasets.compositing.plan import Take
from rvm.datasets.frames import FrameSource, PairedFrames
from rvm.datasets.record_dataset import RecordDataset


def describe_take(take: Take, stream: str, dataset: RecordDataset, num_frames: int) -> dict:
    """Return what a sample takes from a source.

    Args:
        take: The source, and its first frame.
        stream: 'fgr' or 'bgr'.
        dataset: That the source is of.
        num_frames: T.

    Returns:
        clip: its name; `stream` and, where it is apart, pha: paths, see `below_root`; size: [width,
        height]; frames: their number; first_frame; turns: whether it is too short for T frames, and
        runs back and forth.

    Raises:
        MediaError: A file is missing, or has no header.
        DataError: A picture and its matte differ in size.
    """
    if isinstance(take.source, PairedFrames):
        take.source.check_sizes()
    height, width = take.source.size()
    return {
        'clip': take.clip,
        **_paths(take.source, stream, dataset),
        'size': [int(width), int(height)],
        'frames': len(take.source),
        'first_frame': take.first,
        'turns': take.turns(num_frames),
    }


def describe_dataset(dataset: RecordDataset, count: int) -> dict:
    """Return type, path and number of clips of a data set of sources."""
    return {
        'type': type(dataset).__name__,
        'path': below_root(dataset.folder, dataset),
        'clips': count,
    }


def below_root(path: Path, dataset: RecordDataset) -> str:
    """Return a path relative to the data root, or from the last part of the data set's folder."""
    root, folder = Path(dataset.data_root or ''), dataset.folder
    if path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    if path.is_relative_to(folder):
        return (Path(folder.name) / path.relative_to(folder)).as_posix()
    return path.name


def _paths(source: FrameSource, stream: str, dataset: RecordDataset) -> dict[str, str]:
    if isinstance(source, PairedFrames):
        both = {stream: source.picture, 'pha': source.matte}
        return {key: _place(part, dataset) for key, part in both.items()}
    return {stream: _place(source, dataset)}


def _place(source: FrameSource, dataset: RecordDataset) -> str:
    """Return the file of a source, or the folder of its files."""
    files = list(source.files())
    if not files:
        return source.describe(0)
    return below_root(files[0] if len(files) == 1 else files[0].parent, dataset)
