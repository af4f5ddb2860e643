from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from rvm.datasets.prepare.archives import DiskFile
from rvm.datasets.prepare.pictures import (
    Encoding,
    PlacePair,
    PlaceStill,
    compare_pictures,
    decode,
    exif_orientation,
    is_whole,
)
from rvm.datasets.prepare.plan import OutputError
from rvm.errors import DataError, MediaError
from rvm.io import read_image
from tests.test_datasets.footage import matte, picture, save
from tests.test_datasets.test_prepare.raw import jpeg, png, tree


def blob(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return DiskFile(path, len(data))


@pytest.mark.parametrize(('chroma', 'found'), [('444', '444'), ('420', '420')])
def test_jpeg_is_written_as_asked(chroma, found):
    image = np.random.default_rng(0).integers(0, 256, (32, 48, 3), np.uint8)
    good, poor = (Encoding(quality, chroma).encode(image, Path('a.JPG')) for quality in (98, 50))
    assert simplejpeg.decode_jpeg_header(good) == (32, 48, 'YCbCr', found)
    assert len(poor) < 0.6 * len(good)
    grey = Encoding().encode(matte(200), Path('a.jpg'))
    assert simplejpeg.decode_jpeg_header(grey)[2] == 'Gray'
    assert np.abs(simplejpeg.decode_jpeg(grey, 'GRAY')[..., 0].astype(int) - matte(200)).max() < 8


def test_reduced_sizes():
    assert Encoding(max_side=100).reduced_size(400, 30) == (100, 8)
    assert Encoding(max_side=100).reduced_size(90, 100) == (90, 100)
    assert Encoding().reduced_size(9000, 1) == (9000, 1)
    assert Encoding(max_side=10).reduced_size(9000, 1) == (10, 1)
    assert Encoding(max_side=9).name_of('a.b.png') == 'a.b.jpg'
    assert Encoding(max_side=9).name_of('a.JPEG') == 'a.JPEG'
    assert Encoding().name_of('a.b.png') == 'a.b.png'


@pytest.mark.parametrize('options', [{'quality': 0}, {'quality': 101}, {'max_side': 0}])
def test_impossible_encodings_are_refused(options):
    with pytest.raises(DataError, match='give'):
        Encoding(**options)


def test_a_still_is_kept_reduced_or_refused(tmp_path):
    encoding = Encoding(max_side=20)
    large = blob(tmp_path / 'large.jpg', jpeg(picture(100), 6))
    small = blob(tmp_path / 'small.jpg', jpeg(picture(100)[:10, :10]))
    other = blob(tmp_path / 'small.png', png(picture(100)[:10, :10]))
    cut = blob(tmp_path / 'cut.jpg', jpeg(picture(100))[:-100])
    out = tmp_path / 'out'
    actions = {
        name: PlaceStill('train', out / f'{name}.jpg', source, 'link', encoding)
        for name, source in (('large', large), ('small', small), ('other', other))
    }
    assert [dict(action.make()) for action in actions.values()] == [
        {'written': 1},
        {'linked': 1},
        {'written': 1},
    ]
    assert all(action.done() for action in actions.values())
    reduced = read_image(out / 'large.jpg')
    assert reduced.shape == (20, 15, 3)  # upright
    assert exif_orientation((out / 'large.jpg').read_bytes()) == 1
    assert (out / 'small.jpg').samefile(small.path)
    assert np.abs(read_image(out / 'other.jpg').astype(int) - picture(100)[:10, :10]).max() < 4
    broken = PlaceStill('train', out / 'cut.jpg', cut, 'link', Encoding())
    for attempt in (broken.check, broken.make):
        with pytest.raises(MediaError, match=r'cut.jpg cannot be decoded'):
            attempt()
    assert len(tree(out)) == 3


def test_a_format_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    with pytest.raises(MediaError, match=r'a.xyz: OpenCV cannot encode 32x24 pixels as .xyz'):
        Encoding().encode(picture(1), tmp_path / 'a.xyz')
    monkeypatch.setattr('cv2.imencode', lambda *_: (False, None))
    with pytest.raises(MediaError, match=r'a.png: OpenCV cannot encode'):
        Encoding().encode(picture(1), tmp_path / 'a.png')


@pytest.mark.parametrize('made', [jpeg, png])
def test_a_file_that_is_cut_off_or_of_another_kind_is_not_whole(tmp_path, made):
    path, data = tmp_path / f'a.{made.__name__.replace("jpeg", "jpg")}', made(picture(1))
    path.write_bytes(data)
    assert is_whole(path)
    for wrong in (data[:-15], data[:-1][:20], b'', b'else', data[2:]):
        path.write_bytes(wrong)
        assert not is_whole(path)
    assert not is_whole(tmp_path)
    (tmp_path / 'a.bmp').write_bytes(b'BM')
    assert is_whole(tmp_path / 'a.bmp')


def test_a_reduced_still_that_is_cut_off_is_refused(tmp_path):
    source = blob(tmp_path / 'a.png', png(picture(1)))
    action = PlaceStill('t', tmp_path / 'out' / 'a.jpg', source, 'copy', Encoding(max_side=20))
    action.make()
    assert action.done()
    for wrong in (action.target.read_bytes()[:-20], b''):
        action.target.write_bytes(wrong)
        with pytest.raises(
            OutputError, match=r'out/a.jpg is not what .*a.png would become, or cut'
        ):
            action.done()


def test_a_still_of_another_size_is_refused(tmp_path):
    action = PlaceStill(
        't',
        tmp_path / 'out' / 'a.png',
        blob(tmp_path / 'a.png', png(picture(1))),
        'copy',
        Encoding(),
    )
    assert not action.done()
    action.make()
    assert action.done()
    action.target.write_bytes(b'else')
    with pytest.raises(DataError, match=r'out/a.png is not what .*a.png would become'):
        action.done()


def test_a_pair_needs_one_size(tmp_path):
    fgr = blob(tmp_path / 'a.jpg', jpeg(picture(1)))
    pha = blob(tmp_path / 'a.png', png(matte(1)))
    wide = blob(tmp_path / 'wide.png', png(matte(1, (24, 40))))
    out = tmp_path / 'out'
    good = PlacePair('train', out / 'fgr' / 'a.jpg', fgr, pha, out / 'pha' / 'a.png', 'copy')
    assert dict(good.make()) == {'copied': 2}
    assert good.done()
    good.pha_target.unlink()
    assert not good.done()
    assert dict(good.make()) == {'copied': 1}
    bad = PlacePair('train', out / 'fgr' / 'b.jpg', fgr, wide, out / 'pha' / 'b.png', 'copy')
    with pytest.raises(DataError, match=r'a.jpg has 32x24 .*wide.png has 40x24'):
        bad.make()
    assert len(tree(out)) == 2


def test_pictures_are_compared(tmp_path):
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (24, 32, 3), np.uint8)
    a = blob(tmp_path / 'a.png', png(image))
    assert compare_pictures(a, a) == 'equal: one file'
    assert compare_pictures(a, blob(tmp_path / 'b.png', png(image))) == 'equal'
    bmp = DiskFile(save(tmp_path / 'c.bmp', image), 1)
    assert compare_pictures(a, bmp) == 'equal pixels'
    near = blob(tmp_path / 'd.png', png(np.where(image < 254, image + 1, image).astype(np.uint8)))
    assert compare_pictures(a, near).startswith('different, but alike (by 1.0')
    assert compare_pictures(a, blob(tmp_path / 'e.png', png(255 - image))).startswith('different (')
    assert compare_pictures(a, blob(tmp_path / 'f.png', png(image[1:]))) == 'different (in size)'
    assert compare_pictures(a, blob(tmp_path / 'g.png', b'no')).startswith('not comparable')
    assert decode(a, None, 'grey').shape == (24, 32)
