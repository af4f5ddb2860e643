from pathlib import Path

import cv2
import numpy as np
import pytest

from rvm.datasets.demo import DEFAULT, TINY
from rvm.datasets.demo.matting_sets import (
    SPLITS,
    VALID_NAMES,
    clip_frames,
    clip_name,
    clip_person,
)

KINDS = {'SD': TINY.sd, 'HD': TINY.hd}


def listing(folder: Path) -> dict[str, list[str]]:
    """Clip -> names of its files; every other entry would be a fault."""
    return {
        clip.name: sorted(file.name for file in clip.iterdir()) for clip in sorted(folder.iterdir())
    }


def read(path: Path) -> np.ndarray:
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return image[..., ::-1] if image.ndim == 3 else image


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('split', SPLITS)
def test_clips_are_complete(root, kind, split):
    folder = root / f'VideoMatte240K_JPEG_{kind}' / split
    fgr, pha = listing(folder / 'fgr'), listing(folder / 'pha')
    assert fgr == pha
    assert len(fgr) == TINY.clips[SPLITS.index(split)]
    assert sorted(path.name for path in folder.iterdir()) == ['fgr', 'pha']
    for number, (clip, names) in enumerate(fgr.items()):
        assert clip == clip_name(split, number)
        assert names == [f'{n:04}.jpg' for n in range(clip_frames(TINY, number))]
        assert read(folder / 'fgr' / clip / names[-1]).shape == (*KINDS[kind], 3)
        assert read(folder / 'pha' / clip / names[-1]).shape == KINDS[kind]


def test_clips_have_names_of_their_own():
    names = [
        clip_name(split, number)
        for split, count in zip(SPLITS, (200, 4, 5), strict=True)
        for number in range(count)
    ]
    assert len(set(names)) == 209
    assert names[200:204] == list(VALID_NAMES)
    assert all(len(name) == 4 for name in names)


def test_both_resolutions_show_the_same(root):
    clip = Path('train') / 'pha' / '0002' / '0001.jpg'
    small = read(root / 'VideoMatte240K_JPEG_SD' / clip).astype(float)
    large = read(root / 'VideoMatte240K_JPEG_HD' / clip)
    shrunk = cv2.resize(large, small.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk - small).mean() < 2
    assert small.std() > 40


def test_alpha_survives_its_jpeg(root):
    person = clip_person(3, 'valid', 1, TINY)
    alpha = person.frame(2, TINY.hd)[0][..., 3] * 255
    stored = read(root / 'VideoMatte240K_JPEG_HD' / 'valid' / 'pha' / '0100' / '0002.jpg')
    assert np.abs(stored - alpha).mean() < 1


def test_nobody_is_in_two_splits():
    seeds = {
        clip_person(0, split, number, DEFAULT).look.face.tobytes()
        + clip_person(0, split, number, DEFAULT).look.skin.tobytes()
        for split in SPLITS
        for number in range(4)
    }
    assert len(seeds) == 12
    tops = {clip_person(s, 'train', 0, DEFAULT).look.tiles['top'].tobytes() for s in (0, 1)}
    assert len(tops) == 2


@pytest.mark.parametrize(('split', 'count'), list(zip(SPLITS, TINY.mattes, strict=False)))
def test_image_mattes(root, split, count):
    folder = root / 'ImageMatte' / split
    names = sorted(path.name for path in (folder / 'fgr').iterdir())
    assert names == sorted(path.name for path in (folder / 'pha').iterdir())
    assert len(names) == count
    shapes = set()
    for name in names:
        fgr, pha = read(folder / 'fgr' / name), read(folder / 'pha' / name)
        assert fgr.shape == (*pha.shape, 3)
        assert (pha == 255).mean() > 0.05
        assert ((pha > 0) & (pha < 255)).any()
        shapes.add(pha.shape)
    assert len(shapes) == count


@pytest.mark.parametrize('number', [0, 1])
def test_backgrounds(root, number):
    split = SPLITS[number]
    stills = sorted((root / 'Backgrounds' / split).iterdir())
    assert len(stills) == TINY.backgrounds[number]
    assert all(min(read(path).shape[:2]) >= 0.8 * TINY.still for path in stills)
    clips = listing(root / 'BackgroundVideos' / split)
    assert len(clips) == TINY.background_videos[number]
    for clip, names in clips.items():
        assert len(names) >= TINY.frames
        path = root / 'BackgroundVideos' / split / clip / names[0]
        assert read(path).shape == (*TINY.sd, 3)


def test_evaluation_clips_are_what_their_files_say(root):
    sets = sorted(path.name for path in (root / 'videomatte_demo').iterdir())
    assert sets == ['videomatte_motion', 'videomatte_static']
    for name in sets:
        clips = sorted((root / 'videomatte_demo' / name).iterdir())
        assert [clip.name for clip in clips] == ['0000', '0001']
        for clip in clips:
            files = listing(clip)
            assert sorted(files) == ['bgr', 'com', 'fgr', 'pha']
            assert {tuple(names) for names in files.values()} == {
                tuple(f'{n:04}.png' for n in range(TINY.evaluation_frames))
            }
            frames = [{kind: read(clip / kind / f'{n:04}.png') for kind in files} for n in (0, 2)]
            for frame in frames:
                share = frame['pha'][..., None] / 255.0
                mixed = share * frame['fgr'] + (1 - share) * frame['bgr']
                assert np.abs(mixed - frame['com']).max() <= 0.51
                assert frame['pha'].shape == TINY.sd
            moved = (frames[0]['bgr'] != frames[1]['bgr']).any()
            assert moved == (name == 'videomatte_motion')
