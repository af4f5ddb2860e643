"""YouTubeVIS 2019 and 2021, videos with persons: clips for segmentation."""

from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from rvm.datasets.annotations import (
    category_ids,
    check_files,
    named_fields,
    read_annotations,
)
from rvm.datasets.clip_dataset import ClipDataset
from rvm.datasets.frames import ImageFrames, PairedFrames
from rvm.datasets.index_cache import cached
from rvm.datasets.masks import RunLengthMasks
from rvm.datasets.rle import counts_from_annotation, encode_counts, unite_counts
from rvm.datasets.stream import LINEAR
from rvm.errors import DataError
from rvm.registry import DATASETS

WANTED = "YouTubeVIS's annotation of the training videos (instances.json, or train.json)"
PERSON = 'person'


@DATASETS.register_module()
class YouTubeVISDataset(ClipDataset):
    """Videos with a person; a frame's mask is the union of its persons, empty where there is none.

    `<path>/<images>/<video>/<frame>.jpg` and `<path>/<annotations>`.

    Args:
        images: Folder of the videos.
        annotations: Their JSON file, with masks as run lengths, compressed or not, or polygons.
            The category is looked up by its name: 26 is a person in 2021, and an owl in 2019.
        items: See `ClipDataset`.
        matte_interpolation: See `ClipDataset`.
    """

    def __init__(
        self,
        *,
        images: str = 'JPEGImages',
        annotations: str = 'instances.json',
        items: str = 'frame',
        matte_interpolation: str = LINEAR,
        **kwargs: Any,
    ):
        self.images = images
        self.annotations = annotations
        super().__init__(items=items, matte_interpolation=matte_interpolation, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Return a record a video, with the stream 'src'."""
        file = self.need_file(self.annotations)
        folder = self.need_folder(self.images)
        index = cached([file], 'youtube_vis', lambda: _index(file))
        clips = [str(PurePosixPath(names[0]).parent) for names, *_ in index]
        check_files(folder, clips, {clip for clip in clips if (folder / clip).is_dir()}, file)
        return [
            {
                'clip': clip,
                'src': PairedFrames(
                    ImageFrames(str(folder), tuple(names), known_size=(height, width)),
                    RunLengthMasks(
                        tuple(run.encode() for run in runs), height, width, f'{file}, {clip}'
                    ),
                ),
            }
            for clip, (names, height, width, runs) in zip(clips, index, strict=True)
        ]


def _index(file: Path) -> list[list]:
    """Return [frames, height, width, masks] for every video with a person.

    Masks are compressed run lengths, one a frame, '' where it is empty.
    """
    content = read_annotations(file, ('videos', 'annotations', 'categories'), WANTED)
    index = []
    with named_fields(file, WANTED):
        (person,) = category_ids(content['categories'], [PERSON], file)
        persons: dict[int, list[dict]] = {}
        for annotation in content['annotations']:
            if annotation['category_id'] == person:
                persons.setdefault(annotation['video_id'], []).append(annotation)
        for video in content['videos']:
            runs = _masks(file, video, persons.get(video['id'], []))
            if any(runs):
                names = video['file_names']
                index.append([names, video['height'], video['width'], runs])
    return index


def _masks(file: Path, video: dict, persons: list[dict]) -> list[str]:
    """Return the union of the persons of each frame as a string, '' where it is empty."""
    height, width, length = video['height'], video['width'], len(video['file_names'])
    where = f'{file}, video {video["id"]}'
    if video.get('length', length) != length:
        raise DataError(f'{where}: length is {video["length"]}, but file_names has {length} frames')
    frames: list[list[np.ndarray]] = [[] for _ in range(length)]
    for person in persons:
        where_person = f'{where}, annotation {person.get("id")}'
        segmentations = person['segmentations']
        if len(segmentations) != length:
            raise DataError(f'{where_person} has {len(segmentations)} masks for {length} frames')
        for number, segmentation in enumerate(segmentations):
            if segmentation is None:
                continue
            try:
                frames[number].append(counts_from_annotation(segmentation, height, width))
            except DataError as error:
                raise DataError(f'{where_person}, frame {number}: {error}') from error
    unions = [unite_counts(masks) if masks else np.zeros(0, np.int64) for masks in frames]
    return [encode_counts(union).decode() if len(union) > 1 else '' for union in unions]
