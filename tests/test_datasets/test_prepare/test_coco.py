import json
import zipfile

import pytest

from rvm.datasets.prepare import execute, plan_coco
from rvm.errors import DataError
from tests.test_datasets.test_prepare.raw import coco, names, tree

LAYOUT = [
    'annotations/panoptic_train2017.json',
    *(f'panoptic_train2017/{n:012}.png' for n in (9, 25, 30)),
    *(f'train2017/{n:012}.jpg' for n in (9, 25, 30)),
]


@pytest.mark.parametrize('workers', [1, 2])
def test_a_zip_in_a_zip_is_unpacked(tmp_path, workers):
    images, annotations = coco(tmp_path / 'raw')
    plan = plan_coco([images, annotations], tmp_path / 'out')
    assert (plan.faults, plan.notes) == ([], [])
    outcome = execute(plan.actions, workers, quiet=True)
    assert outcome.faults == []
    assert names(tmp_path / 'out') == LAYOUT
    found = tree(tmp_path / 'out')
    source = tree(tmp_path / 'raw')
    assert (
        found['panoptic_train2017/000000000025.png'] == source['annotations/masks/000000000025.png']
    )
    assert found['train2017/000000000030.jpg'] == source['images/000000000030.jpg']


def test_folders_and_a_folder_of_archives_do_as_well(tmp_path):
    coco(tmp_path / 'raw')
    for file in (tmp_path / 'raw').iterdir():
        if file.suffix != '.zip':
            file.rename(tmp_path / file.name)
    execute(plan_coco([tmp_path / 'raw'], tmp_path / 'one').actions, quiet=True)
    plan = plan_coco([tmp_path / 'one'], tmp_path / 'two')
    execute(plan.actions, quiet=True)
    assert tree(tmp_path / 'two') == tree(tmp_path / 'one')
    in_place = plan_coco([tmp_path / 'two'], tmp_path / 'two')
    assert execute(in_place.actions, quiet=True).counts['train2017'] == {'kept': 3}


def test_missing_and_additional_files_are_named(tmp_path):
    execute(plan_coco(coco(tmp_path / 'raw'), tmp_path / 'in').actions, quiet=True)
    (tmp_path / 'in' / 'train2017' / '000000000009.jpg').unlink()
    mask = tmp_path / 'in' / 'panoptic_train2017' / '000000000030.png'
    mask.rename(mask.with_name('000000000031.png'))
    plan = plan_coco([tmp_path / 'in'], tmp_path / 'out')
    json_file = tmp_path / 'in' / 'annotations' / 'panoptic_train2017.json'
    assert plan.faults == [
        f'the image train2017/000000000009.jpg of {json_file} is missing',
        f'the PNG panoptic_train2017/000000000030.png of {json_file} is missing',
    ]
    assert plan.notes == ['1 files of panoptic_train2017 are not in the JSON, and left out']


def test_wrong_inputs_are_refused(tmp_path):
    images, annotations = coco(tmp_path / 'raw')
    with pytest.raises(DataError, match=r'there is no panoptic_train2017/\*.png'):
        plan_coco([images], tmp_path / 'out')
    with pytest.raises(DataError, match=r'there is no train2017/\*.jpg'):
        plan_coco([annotations], tmp_path / 'out')
    with pytest.raises(DataError, match=r'there is no val2017/\*.jpg'):
        plan_coco([images, annotations], tmp_path / 'out', split='val2017')
    execute(plan_coco([images, annotations], tmp_path / 'in').actions, quiet=True)
    json_file = tmp_path / 'in' / 'annotations' / 'panoptic_train2017.json'
    content = json.loads(json_file.read_text())
    for change, message in (
        ({'annotations': [{'segmentation': []}]}, "no JSON of COCO panoptic .*KeyError: 'segments"),
        ({'categories': [{'id': 2, 'name': 'person'}]}, r'person is category \[2\]'),
        ({'annotations': []}, 'holds no person'),
    ):
        json_file.write_text(json.dumps({**content, **change}))
        with pytest.raises(DataError, match=message):
            plan_coco([tmp_path / 'in'], tmp_path / 'out')
    json_file.rename(json_file.with_name('instances_train2017.json'))
    with pytest.raises(DataError, match=r'instances_train2017.json is of another kind'):
        plan_coco([tmp_path / 'in'], tmp_path / 'out')


def test_flipped_bytes_in_an_archive_are_named(tmp_path):
    images, annotations = coco(tmp_path / 'raw')
    with zipfile.ZipFile(images) as archive:
        place = archive.getinfo('train2017/000000000025.jpg').header_offset + 200
    data = bytearray(images.read_bytes())
    data[place] ^= 255
    images.write_bytes(data)
    plan = plan_coco([images, annotations], tmp_path / 'out')
    (fault,) = execute(plan.actions, 2, quiet=True).faults
    assert fault.startswith(f'{images}: train2017/000000000025.jpg cannot be read')
    assert len(names(tmp_path / 'out')) == len(LAYOUT) - 1
