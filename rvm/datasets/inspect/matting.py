"""Checkers of foregrounds and backgrounds: folders of clips and of images."""

from collections.abc import Generator, Iterator
from pathlib import Path

from rvm.datasets.backgrounds import StillBackgrounds, VideoBackgrounds
from rvm.datasets.image_matte import ImageMatteDataset
from rvm.datasets.inspect.checkers import checks, selected
from rvm.datasets.inspect.fault import Fault
from rvm.datasets.inspect.folder import CLIPS, Listing, list_folder, list_frames, pair
from rvm.datasets.inspect.job import ClipJob, Job, Part
from rvm.datasets.supervisely import SuperviselyDataset
from rvm.datasets.video_matte import VideoMatteDataset
from rvm.io.listing import stem


@checks(VideoMatteDataset)
def check_video_matte(dataset: VideoMatteDataset) -> Iterator[Fault | Job]:
    """Yield a job for every pair of clips, and what is wrong with the pairing."""
    folders = dataset.folder / 'fgr', dataset.folder / 'pha'
    pairs = yield from _list_pairs(*(list_folder(folder, CLIPS) for folder in folders), folders)
    if pairs is None:
        return
    names = [stem(fgr) for fgr, _ in pairs]
    kept, faults = selected(dataset, names, folders[0])
    yield from faults
    for name, (fgr, pha) in zip(names, pairs, strict=True):
        parts = [_part(folders[0] / fgr, 'rgb'), _part(folders[1] / pha, 'grey')]
        for _, found in parts:
            yield from found
        (pictures, _), (mattes, _) = parts
        if pictures.names and mattes.names:
            both = Path(pictures.path), Path(mattes.path)
            frames, faults = pair(both, (pictures.names, mattes.names))
            yield from faults
            pictures = Part(pictures.path, tuple(one for one, _ in frames))
            mattes = Part(mattes.path, tuple(other for _, other in frames), 'grey')
        if name in kept and () not in (pictures.names, mattes.names):
            yield ClipJob(name, (pictures, mattes))


@checks(VideoBackgrounds)
def check_clips(dataset: VideoBackgrounds) -> Iterator[Fault | Job]:
    """Yield a job for every clip."""
    listing = list_folder(dataset.folder, CLIPS)
    yield from listing.faults
    if not listing.found:
        return
    _, faults = pair((dataset.folder, dataset.folder), (listing.names, listing.names))
    yield from dict.fromkeys(faults)
    kept, faults = selected(dataset, [stem(name) for name in listing.names], dataset.folder)
    yield from faults
    for name in listing.names:
        part, found = _part(dataset.folder / name, 'rgb')
        yield from found
        if stem(name) in kept and part.names != ():
            yield ClipJob(stem(name), (part,))


@checks(StillBackgrounds)
def check_stills(dataset: StillBackgrounds) -> Iterator[Fault | Job]:
    """Yield a job for every image."""
    listing = list_folder(dataset.folder)
    yield from listing.faults
    if not listing.found:
        return
    kept, faults = selected(dataset, listing.names, dataset.folder)
    yield from faults
    for name in listing.names:
        if name in kept:
            yield ClipJob(name, (Part(str(dataset.folder), (name,)),))


@checks(ImageMatteDataset)
def check_image_matte(dataset: ImageMatteDataset) -> Iterator[Fault | Job]:
    """Yield a job for every image with its matte."""
    yield from _check_pairs(dataset, ('fgr', 'pha'), None)


@checks(SuperviselyDataset)
def check_supervisely(dataset: SuperviselyDataset) -> Iterator[Fault | Job]:
    """Yield a job for every image with its mask."""
    yield from _check_pairs(dataset, (dataset.images, dataset.masks), dataset.labels)


def _list_pairs(
    first: Listing, second: Listing, folders: tuple[Path, Path]
) -> Generator[Fault, None, list[tuple[str, str]] | None]:
    """Yield the faults of two folders and of their pairing; return the pairs.

    None if one of them cannot be listed.
    """
    yield from first.faults
    yield from second.faults
    if not (first.found and second.found):
        return None
    pairs, faults = pair(folders, (first.names, second.names))
    yield from faults
    return pairs


def _check_pairs(dataset, parts: tuple[str, str], labels) -> Iterator[Fault | Job]:
    folders = dataset.folder / parts[0], dataset.folder / parts[1]
    pairs = yield from _list_pairs(*map(list_folder, folders), folders)
    if pairs is None:
        return
    kept, faults = selected(dataset, [picture for picture, _ in pairs], folders[0])
    yield from faults
    for picture, matte in pairs:
        if picture in kept:
            pictures = Part(str(folders[0]), (picture,))
            yield ClipJob(
                picture, (pictures, Part(str(folders[1]), (matte,), 'grey', None, labels))
            )


def _part(path: Path, channels: str) -> tuple[Part, list[Fault]]:
    """Return a clip's pictures, and what is wrong with its folder."""
    if not path.is_dir():
        return Part(str(path), None, channels), []
    listing = list_frames(path)
    return Part(str(path), tuple(listing.names), channels), listing.faults
