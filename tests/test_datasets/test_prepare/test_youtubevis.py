import json

import pytest

from rvm.datasets.prepare import execute, plan_youtubevis
from rvm.errors import DataError
from tests.test_datasets.test_prepare.raw import names, pack, put_junk, tree, youtubevis

JSON = 'train/instances.json'


@pytest.mark.parametrize('packed', [False, True])
def test_2021_comes_as_one(tmp_path, packed):
    raw = youtubevis(tmp_path / 'raw')
    put_junk(raw, raw / 'train' / 'JPEGImages' / 'ffd7c15f47')
    source = pack(raw, tmp_path / 'train.zip') if packed else raw
    plan = plan_youtubevis([source], tmp_path / 'out')
    assert plan.faults == []
    assert plan.notes[0].endswith('instances.json: person is category 26 of 40, in 1 of 3 videos')
    outcome = execute(plan.actions, 2, quiet=True)
    assert outcome.counts['JPEGImages']['made'] == 3
    assert names(tmp_path / 'out') == names(raw)
    assert tree(tmp_path / 'out')[JSON] == tree(raw)[JSON]


def test_2019_has_its_json_apart(tmp_path):
    raw = youtubevis(tmp_path / 'raw', person=1)
    moved = (raw / JSON).rename(tmp_path / 'train.json')
    archive = pack(raw, tmp_path / 'x.zip')
    plan = plan_youtubevis([archive, moved], tmp_path / 'out')
    execute(plan.actions, quiet=True)
    assert plan.notes[0].endswith('person is category 1 of 40, in 1 of 3 videos')
    assert len(names(tmp_path / 'out')) == 7
    with pytest.raises(DataError, match='the JSON of train should be one file, and there is none'):
        plan_youtubevis([archive], tmp_path / 'out')
    with pytest.raises(DataError, match='there is no file'):
        plan_youtubevis([archive, tmp_path / 'x.json'], tmp_path / 'out')


def test_other_splits_beside_it_are_left_alone(tmp_path):
    raw = youtubevis(tmp_path / 'raw')
    other = youtubevis(tmp_path / 'other')
    (other / 'train').rename(raw / 'valid')
    plan = plan_youtubevis([raw], tmp_path / 'out')
    execute(plan.actions, quiet=True)
    assert len(names(tmp_path / 'out')) == 7
    assert len(plan_youtubevis([raw], tmp_path / 'out', split='valid').actions) == 4


def test_missing_frames_and_other_videos_are_named(tmp_path):
    raw = youtubevis(tmp_path / 'raw')
    frames = raw / 'train' / 'JPEGImages'
    (frames / '0043f083b5' / '00005.jpg').unlink()
    (frames / 'ffd7c15f47').rename(frames / 'other')
    plan = plan_youtubevis([raw], tmp_path / 'out')
    assert plan.faults == [
        f'JPEGImages/0043f083b5 lacks 1 of 3 frames that {raw / JSON} names: 00005.jpg',
        f'JPEGImages/ffd7c15f47 lacks 2 of 2 frames that {raw / JSON} names: 00000.jpg, 00005.jpg',
    ]
    assert plan.notes[1] == '1 videos of JPEGImages are not in the JSON, and left out'


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'annotations': None}, 'has no annotated person'),
        ({'categories': [{'id': 26, 'name': 'owl'}]}, 'has no annotated person'),
        ({'videos': [{}]}, "is no JSON of YouTubeVIS .*KeyError: 'file_names'"),
    ],
)
def test_wrong_annotations_are_refused(tmp_path, change, message):
    raw = youtubevis(tmp_path / 'raw')
    content = json.loads((raw / JSON).read_text())
    (raw / JSON).write_text(json.dumps({**content, **change}))
    with pytest.raises(DataError, match=message):
        plan_youtubevis([raw], tmp_path / 'out')
