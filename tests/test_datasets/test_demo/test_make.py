import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from rvm.datasets.demo import DEFAULT, TINY, make, make_demo_data
from rvm.errors import DataError

MINUTE = replace(
    TINY,
    sd=(18, 32),
    hd=(36, 64),
    still=32,
    frames=2,
    clips=(1, 1, 1),
    mattes=(1, 1),
    backgrounds=(1, 1),
    background_videos=(1, 1),
    coco=2,
    vis_videos=2,
    vis_frames=2,
    supervisely=1,
    evaluation_frames=1,
)


def content(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob('*'))
        if path.is_file()
    }


def test_all_sources_are_there(root):
    assert sorted(path.name for path in root.iterdir()) == [
        'BackgroundVideos',
        'Backgrounds',
        'ImageMatte',
        'SuperviselyPersonDataset',
        'VideoMatte240K_JPEG_HD',
        'VideoMatte240K_JPEG_SD',
        'YouTubeVIS',
        'coco',
        'demo_data.json',
        'videomatte_demo',
    ]
    assert json.loads((root / 'demo_data.json').read_text())['seed'] == 3


def test_the_seed_says_it_all_whoever_works(tmp_path):
    make_demo_data(tmp_path / 'a', size=MINUTE)
    make_demo_data(tmp_path / 'b', size=MINUTE, workers=2)
    make_demo_data(tmp_path / 'c', size=MINUTE, seed=1)
    first, second, other = (content(tmp_path / name) for name in 'abc')
    assert len(first) > 30
    assert first == second
    same = {name for name in first if first[name] == other.get(name)}
    assert not same


def test_what_is_there_is_not_overwritten(tmp_path):
    full, file, made = tmp_path / 'full', tmp_path / 'file', tmp_path / 'made'
    full.mkdir()
    made.mkdir()  # empty: may be used
    (full / 'thesis.txt').write_text('mine')
    file.write_text('mine')
    for path, force in ((full, True), (full, False), (file, True)):
        with pytest.raises(DataError, match=path.name):
            make_demo_data(path, size=MINUTE, force=force)
    make_demo_data(made, size=MINUTE)
    (made / 'extra.txt').write_text('left over')
    with pytest.raises(DataError, match='--force'):
        make_demo_data(made, size=MINUTE)
    make_demo_data(made, size=MINUTE, force=True)
    assert not (made / 'extra.txt').exists()
    assert (full / 'thesis.txt').read_text() == 'mine'
    assert sorted(path.name for path in tmp_path.iterdir()) == ['file', 'full', 'made']


def test_a_failure_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError('disk full')

    monkeypatch.setattr(make.segmentation_sets, 'supervisely_image', fail)
    with pytest.raises(OSError, match='disk full'):
        make_demo_data(tmp_path / 'out', size=MINUTE)
    assert list(tmp_path.iterdir()) == []


def test_a_negative_seed_is_refused(tmp_path):
    with pytest.raises(DataError, match='seed=-1'):
        make_demo_data(tmp_path / 'out', seed=-1)


def test_the_default_size_is_enough_to_learn_from_and_small(root):
    """Bytes a pixel, from the tiny root, are an upper bound: small JPEGs hold more headers."""
    assert DEFAULT.clips[0] >= 16
    assert DEFAULT.clips[1] >= 4
    assert DEFAULT.hd == (2 * DEFAULT.sd[0], 2 * DEFAULT.sd[1])
    tiny = sum(path.stat().st_size for path in root.rglob('*') if path.is_file())
    assert tiny < 4e6
