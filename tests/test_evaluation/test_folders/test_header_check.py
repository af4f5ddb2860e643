from dataclasses import replace

import cv2
import numpy as np
import pytest

from rvm.evaluation.folders.faults import Faults
from rvm.evaluation.folders.header_check import check_headers
from rvm.evaluation.folders.image_stream import ImageStream
from rvm.evaluation.folders.paired_clip import PairedClip
from rvm.evaluation.folders.video_stream import VideoStream
from tests.test_evaluation.test_folders.sets import matte, picture, save
from tests.test_io.media_factory import write_video


def clip(folder, true, pred, **more):
    """Return a clip of pictures, which are written."""
    streams = {}
    for key, images in {'true_pha': true, 'pred_pha': pred, **more}.items():
        for number, image in enumerate(images):
            save(folder / key / f'{number}.png', image)
        streams[key] = ImageStream(
            folder / key, tuple(f'{number}.png' for number in range(len(images)))
        )
    return PairedClip('a/b', ('0', '1'), streams)


def found(*clips):
    faults = Faults()
    check_headers(clips, faults)
    return faults.names


def test_equal_headers_are_right(tmp_path):
    deep = [picture(n).astype(np.uint16) for n in range(2)]
    pictures = {'true_fgr': deep, 'pred_fgr': deep, 'src': deep}
    assert found(clip(tmp_path, [matte(0)] * 2, [matte(1)] * 2, **pictures)) == {}


@pytest.mark.parametrize(
    ('image', 'kind', 'name'),
    [
        (matte(0)[:1], 'another size', '1.png (32x1, not 32x24)'),
        (matte(0).astype(np.uint16), 'another bit depth', '1.png (16 bits, not 8)'),
        (cv2.cvtColor(matte(0), cv2.COLOR_GRAY2BGRA), 'an alpha channel', '1.png'),
    ],
)
@pytest.mark.parametrize('key', ['true_pha', 'pred_pha', 'true_fgr', 'pred_fgr'])
def test_a_header_that_differs_is_named(tmp_path, key, image, kind, name):
    images = {k: [matte(0)] * 2 for k in ('true_pha', 'pred_pha', 'true_fgr', 'pred_fgr')}
    images[key] = [matte(0), image]
    ((title, names),) = found(clip(tmp_path, images.pop('true_pha'), **rest(images))).items()
    assert kind in title
    assert names == [f'{tmp_path}/{key}/{name}']


def rest(images):
    return {'pred': images.pop('pred_pha'), **images}


def test_files_that_are_no_images_are_named(tmp_path):
    pair = clip(tmp_path, [matte(0)] * 2, [matte(0)] * 2)
    (tmp_path / 'true_pha/0.png').write_bytes(b'')
    (tmp_path / 'pred_pha/1.png').unlink()
    ((title, names),) = found(pair).items()
    assert title == 'files that cannot be read'
    assert [name.split()[0] for name in names] == [
        f'{tmp_path}/true_pha/0.png',
        f'{tmp_path}/pred_pha/1.png',
    ]


def test_sources_that_do_not_fit_are_no_fault_and_returned(tmp_path):
    faults = Faults()
    mattes = [matte(0)] * 2, [matte(0)] * 2
    pairs = []
    for name, source in [('a', [matte(0)] * 2), ('b', [matte(0), matte(0)[:1]]), ('c', [matte(0)])]:
        pairs.append(replace(clip(tmp_path / name, *mattes, src=source), name=name))
    (tmp_path / 'c/src/0.png').write_bytes(b'none')
    assert check_headers(pairs, faults) == {'b', 'c'}
    assert faults.names == {}


def test_a_video_is_looked_at_once(tmp_path):
    pair = clip(tmp_path, [matte(0)] * 2, [matte(0)] * 2)
    pair.streams['pred_pha'] = VideoStream.of(write_video(tmp_path / 'pha.mp4', 2))
    ((_, names),) = found(pair).items()
    assert names == [f'{tmp_path}/pha.mp4, frame 0, (64x48, not 32x24)']
