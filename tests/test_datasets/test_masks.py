import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from rvm.datasets.frames import GREY, ImageFrames, PairedFrames
from rvm.datasets.masks import LabelMasks, PanopticMask, RunLengthMasks
from rvm.datasets.rle import counts_from_mask, encode_counts
from rvm.errors import DataError, MediaError
from rvm.io.frame_decode import shrink_image

SIZE = (33, 47)
BLOB = np.hypot(*(np.mgrid[:33, :47] - np.array([15, 21])[:, None, None])) < 9
IDS = np.where(BLOB, 70_000, 3) + np.where(np.arange(47) > 40, 500_000, 0)


def run_lengths(*masks: np.ndarray | None) -> RunLengthMasks:
    runs = (b'' if mask is None else encode_counts(counts_from_mask(mask)) for mask in masks)
    return RunLengthMasks(tuple(runs), *SIZE, 'instances.json, clip')


def write_ids(path: Path, ids: np.ndarray = IDS) -> str:
    colours = np.stack([ids % 256, ids // 256 % 256, ids // 65536], -1).astype(np.uint8)
    Image.fromarray(colours).save(path)
    return str(path)


def label_masks(path: Path, values: np.ndarray, labels: tuple | None = None) -> LabelMasks:
    Image.fromarray(values.astype(np.uint8)).save(path)
    return LabelMasks(ImageFrames(str(path.parent), (path.name,), GREY), labels)


def test_run_lengths_become_masks_and_none_becomes_black():
    source = run_lengths(BLOB, None, ~BLOB)
    assert (len(source), source.size(), source.kind) == (3, SIZE, GREY)
    masks = list(source.load([0, 1, 2]))
    for mask, expected in zip(masks, (BLOB, BLOB & False, ~BLOB), strict=True):
        assert mask.dtype == np.uint8
        assert np.array_equal(mask, expected * np.uint8(255))
    assert np.array_equal(next(source.load([2])), masks[2])


@pytest.mark.parametrize('shrink', [2, 8])
def test_all_masks_shrink_as_frames_do(tmp_path: Path, shrink: int):
    sources = [
        run_lengths(BLOB),
        PanopticMask(write_ids(tmp_path / 'ids.png'), (70_000, 570_000), *SIZE),
        label_masks(tmp_path / 'mask.png', BLOB * 255),
        label_masks(tmp_path / 'labels.png', BLOB * 3, (3,)),
    ]
    expected = shrink_image(BLOB * np.uint8(255), shrink)
    for source in sources:
        assert np.array_equal(next(source.load([0], shrink)), expected), source
    assert next(run_lengths(None).load([0], shrink)).shape == expected.shape


def test_run_lengths_are_small_and_travel():
    source = run_lengths(*[BLOB] * 50)
    assert pickle.loads(pickle.dumps(source)) == source
    assert len(pickle.dumps(source)) < 50 * (2 * len(source.runs[0]) + 5) + 500


def test_damaged_run_lengths_name_their_frame():
    source = RunLengthMasks((b'', b'53'), *SIZE, 'instances.json, clip')
    with pytest.raises(DataError, match=r'instances.json, clip, frame 1: run lengths make 8'):
        list(source.load([0, 1]))


def test_panoptic_numbers_are_red_first(tmp_path: Path):
    path = write_ids(tmp_path / 'a.png')
    source = PanopticMask(path, (70_000,), *SIZE)
    assert (len(source), source.size(), source.kind) == (1, SIZE, GREY)
    assert np.array_equal(next(source.load([0])), (IDS == 70_000) * np.uint8(255))
    assert list(source.files()) == [Path(path)]
    assert pickle.loads(pickle.dumps(source)) == source


def test_panoptic_segments_are_united(tmp_path: Path):
    source = PanopticMask(write_ids(tmp_path / 'a.png'), (3, 500_003, 12), *SIZE)
    expected = (IDS == 3) | (IDS == 500_003)
    assert np.array_equal(next(source.load([0])), expected * np.uint8(255))


def test_panoptic_files_of_another_release_are_refused(tmp_path: Path):
    path = write_ids(tmp_path / 'a.png')
    with pytest.raises(DataError, match=r'a.png holds none of the segments 4, 5;'):
        next(PanopticMask(path, (4, 5), *SIZE).load([0]))
    with pytest.raises(DataError, match=r'a.png has 47x33 pixels where the annotation says 47x30'):
        next(PanopticMask(path, (3,), 30, 47).load([0]))


def test_damaged_panoptic_files_are_refused(tmp_path: Path):
    path = tmp_path / 'a.png'
    source = PanopticMask(write_ids(path), (3,), *SIZE)
    data = path.read_bytes()
    for content in (data[: len(data) // 2], data[:-12], b'', b'no picture'):
        path.write_bytes(content)
        with pytest.raises(MediaError, match=r'a.png cannot be decoded'):
            next(source.load([0]))
    path.unlink()
    with pytest.raises(MediaError, match=r'a.png does not exist'):
        next(source.load([0]))


def test_label_masks_take_grey_as_it_is(tmp_path: Path):
    soft = cv2.GaussianBlur(BLOB * np.uint8(255), (0, 0), 2)
    assert np.array_equal(next(label_masks(tmp_path / 'a.png', soft).load([0])), soft)
    empty = label_masks(tmp_path / 'b.png', BLOB * 0)
    assert not next(empty.load([0])).any()


@pytest.mark.parametrize('value', [1, 2, 127])
def test_class_numbers_are_never_black_masks(tmp_path: Path, value: int):
    source = label_masks(tmp_path / 'a.png', BLOB * value)
    with pytest.raises(DataError, match=rf'a.png is black .* {value} of 255; .*labels=\[{value}\]'):
        next(source.load([0]))
    said = label_masks(tmp_path / 'a.png', BLOB * value, (value, 9))
    assert np.array_equal(next(said.load([0])), BLOB * np.uint8(255))


def test_masks_become_the_fourth_channel(tmp_path: Path):
    picture = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)
    Image.fromarray(picture).save(tmp_path / 'picture.png')
    pictures = ImageFrames(str(tmp_path), ('picture.png',))
    for masks in (
        run_lengths(BLOB),
        PanopticMask(write_ids(tmp_path / 'a.png'), (70_000,), *SIZE),
        label_masks(tmp_path / 'b.png', BLOB * 255),
    ):
        frame = next(PairedFrames(pictures, masks).load([0]))
        assert np.array_equal(frame[..., :3], picture)
        assert np.array_equal(frame[..., 3] > 0, BLOB)
