import numpy as np
import pytest

from rvm.datasets.prepare import Encoding, execute, plan_supervisely
from rvm.datasets.prepare.pictures import exif_orientation
from rvm.errors import DataError
from rvm.io import read_image
from tests.test_datasets.footage import picture
from tests.test_datasets.test_prepare.raw import (
    annotated,
    bitmap,
    jpeg,
    names,
    pack,
    png,
    polygon,
    supervisely,
    tree,
)


def mask(path):
    return read_image(path, channels='grey')


@pytest.mark.parametrize('suffix', ['', '.tar', '.zip'])
def test_a_project_becomes_images_and_masks(tmp_path, suffix):
    raw = supervisely(tmp_path / 'raw')
    source = pack(raw, tmp_path / f'x{suffix}', 'Supervisely Person') if suffix else raw
    plan = plan_supervisely(source, tmp_path / 'out')
    assert plan.faults == []
    assert [note.partition(':')[0] for note in plan.notes] == [
        '2 images share their name',
        "1 objects of the class 'neutral' are left out of the masks",
        '1 images have an empty mask',
    ]
    assert execute(plan.actions, 2, quiet=True).faults == []
    assert names(tmp_path / 'out') == [
        *(f'img/{name}' for name in ('b.png', 'ds1_a.jpg', 'ds2_a.jpg', 'nobody.jpg')),
        *(f'seg/{name}.png' for name in ('b', 'ds1_a', 'ds2_a', 'nobody')),
    ]
    expected = np.zeros((24, 32), np.uint8)
    expected[4:17, 4:21] = 255
    assert np.array_equal(mask(tmp_path / 'out' / 'seg' / 'ds1_a.png'), expected)
    assert tree(tmp_path / 'out')['img/b.png'] == tree(raw)['ds1/img/b.png']


def test_large_images_and_their_masks_are_reduced_alike(tmp_path):
    annotated(
        tmp_path / 'raw' / 'ds1',
        'a.jpg',
        jpeg(picture(9, (60, 90))),
        bitmap(np.ones((30, 45), bool), 0, 0),
        size=(60, 90),
    )
    plan = plan_supervisely(tmp_path / 'raw', tmp_path / 'out', encoding=Encoding(max_side=30))
    execute(plan.actions, quiet=True)
    assert read_image(tmp_path / 'out' / 'img' / 'a.jpg').shape == (20, 30, 3)
    found = mask(tmp_path / 'out' / 'seg' / 'a.png')
    assert set(np.unique(found)) == {0, 255}
    assert (found[:10, :15] == 255).all()
    assert found.sum() == 255 * 150


@pytest.mark.parametrize('orientation', [2, 3, 5, 6, 8])
def test_masks_of_turned_images_lie_where_the_person_is(tmp_path, orientation):
    """The person is a red block in the picture as stored, and annotated there or upright."""
    stored = np.zeros((24, 32, 3), np.uint8)
    stored[:8, :8] = 255, 0, 0
    data = jpeg(stored, orientation)
    (tmp_path / 'a.jpg').write_bytes(data)
    upright = read_image(tmp_path / 'a.jpg')
    red = (upright[..., 0] > 128).astype(bool)
    drawn = {'as_stored': (stored[..., 0] > 0, (24, 32))}
    if orientation > 4:
        drawn['upright'] = (red, upright.shape[:2])
    for name, (person, size) in drawn.items():
        annotated(tmp_path / 'raw' / name, f'{name}.jpg', data, bitmap(person, 0, 0), size=size)
    plan = plan_supervisely(tmp_path / 'raw', tmp_path / 'out')
    assert execute(plan.actions, quiet=True).faults == []
    for name in drawn:
        image = tmp_path / 'out' / 'img' / f'{name}.jpg'
        assert exif_orientation(image.read_bytes()) == 1
        assert read_image(image).shape == upright.shape
        found = mask(tmp_path / 'out' / 'seg' / f'{name}.png') > 0
        assert (found != red).mean() < 0.02


def test_faults_are_named(tmp_path):
    raw = supervisely(tmp_path / 'raw')
    (raw / 'ds1' / 'ann' / 'b.png.json').unlink()
    (raw / 'ds2' / 'img' / 'nobody.jpg').unlink()
    annotated(raw / 'ds3', 'size.jpg', jpeg(picture(1)), size=(24, 30))
    annotated(raw / 'ds3', 'shape.jpg', jpeg(picture(1)), polygon([[1, 1]]))
    annotated(raw / 'ds3', 'text.jpg', b'text' * 99)
    (raw / 'ds3' / 'ann' / 'json.jpg.json').write_text('{')
    (raw / 'ds3' / 'img' / 'json.jpg').write_bytes(jpeg(picture(1)))
    plan = plan_supervisely(raw, tmp_path / 'out')
    assert plan.faults == [
        f'{raw}/ds1/img/b.png has no annotation ds1/ann/b.png.json',
        f'{raw}/ds2/ann/nobody.jpg.json has no image',
    ]
    for dry_run in (True, False):
        outcome = execute(plan.actions, dry_run=dry_run, quiet=True)
        assert [fault.removeprefix(f'{raw}/ds3/')[:38] for fault in outcome.faults] == [
            'ann/json.jpg.json is no annotation of ',
            'ann/shape.jpg.json: object 0 (person_p',
            'ann/size.jpg.json is for 30x24 pixels ',
            'img/text.jpg cannot be decoded as an i',
        ]
    assert len(names(tmp_path / 'out')) == 4


@pytest.mark.parametrize(
    ('name', 'change', 'message'),
    [
        ('seg/a.png', lambda data: data[:-20], 'would become, or cut off'),
        ('seg/a.png', lambda _: b'', 'would become, or cut off'),
        ('img/a.jpg', lambda data: data[:-1], 'would become, or cut off'),
        ('seg/a.png', lambda _: png(picture(1, (24, 30))), 'have not one size'),
    ],
)
def test_other_outputs_are_refused(tmp_path, name, change, message):
    annotated(tmp_path / 'raw' / 'ds1', 'a.jpg', jpeg(picture(9)) + bytes(50))
    plan = plan_supervisely(tmp_path / 'raw', tmp_path / 'out', mode='copy')
    execute(plan.actions, quiet=True)
    assert execute(plan.actions, quiet=True).counts['images'] == {'kept': 1}
    file = tmp_path / 'out' / name
    file.write_bytes(change(file.read_bytes()))
    outcome = execute(plan.actions, quiet=True)
    assert outcome.faults == []
    assert message in outcome.failures[0]


def test_annotations_may_lack_the_suffix_of_the_image(tmp_path):
    raw = supervisely(tmp_path / 'raw')
    for file in list((raw / 'ds2' / 'ann').iterdir()):
        file.rename(file.with_name(file.name.replace('.jpg.json', '.json')))
    plan = plan_supervisely(raw, tmp_path / 'out')
    assert (plan.faults, len(plan.actions)) == ([], 4)


def test_what_is_no_project_is_refused(tmp_path):
    raw = supervisely(tmp_path / 'raw')
    with pytest.raises(DataError, match='is compressed as a whole'):
        plan_supervisely(pack(raw, tmp_path / 'x.tar.gz'), tmp_path / 'out')
    with pytest.raises(DataError, match='holds no <dataset>/img/<name>'):
        plan_supervisely(raw / 'ds1' / 'img', tmp_path / 'out')
