"""albumentations inside a pipeline."""

import subprocess
import sys

import albumentations as A
import numpy as np
import pytest

from rvm.datasets.frames import ArrayFrames
from rvm.datasets.stream import NEAREST
from rvm.datasets.transforms import Albumentations, CropResize, Flip
from rvm.errors import ConfigError, DataError
from tests.test_datasets.clips import fresh_results

NOISE = {'type': 'GaussNoise', 'p': 1.0, 'std_range': (0.1, 0.2)}
TURN = {'type': 'Rotate', 'p': 1.0, 'limit': (30, 30)}


def still(**kwargs):
    """Return results whose frames are all the same picture."""
    results = fresh_results(3, **kwargs)
    for stream in results['streams'].values():
        stream.numbers[:] = 2
    return results


def test_one_draw_a_clip_or_a_frame():
    for consistent in (True, False):
        frames = Albumentations([NOISE], consistent)(still())['streams']['fgr'].render()
        equal = len(frames) == 1 or (frames[0] == frames[1]).all()
        assert bool(equal) == consistent


def test_draws_are_a_function_of_the_sample():
    transform = Albumentations([NOISE], consistent=False)
    first, second = (transform(still())['streams']['fgr'].render() for _ in range(2))
    other = transform(still(seed=1))['streams']['fgr'].render()
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_colours_leave_alpha_alone_and_geometry_moves_it():
    results = still()
    alpha = results['streams']['fgr'].render()[..., 3]
    noisy = Albumentations([NOISE])(still())['streams']['fgr'].render()
    assert (noisy[..., 3] == alpha).all()
    turned = Albumentations([TURN])(still())['streams']['fgr'].render()
    assert (turned[..., 3] != alpha).any()


def test_alpha_is_turned_bilinearly_and_hard_masks_by_nearest_neighbour():
    picture = np.zeros((1, 40, 40, 4), np.uint8)
    picture[:, 10:30, 10:30] = 255
    for interpolation, hard in (('linear', False), (NEAREST, True)):
        results = still()
        stream = results['streams']['fgr']
        stream.replace(picture.repeat(3, 0))
        stream.matte_interpolation = interpolation
        out = Albumentations([TURN])(results)['streams']['fgr'].render()
        assert (set(np.unique(out[..., 3])) == {0, 255}) == hard
        assert len(np.unique(out[..., 0])) > 4


def test_it_stands_anywhere():
    results = still()
    for step in (
        CropResize(32),
        Albumentations([{'type': 'HorizontalFlip', 'p': 1.0}]),
        Flip(1.0),
    ):
        results = step(results)
    plain = CropResize(32)(still())
    for name, stream in results['streams'].items():
        assert (stream.render() == plain['streams'][name].render()).all()


def test_a_new_size_is_the_canvas_of_what_follows():
    results = Albumentations([{'type': 'Resize', 'height': 20, 'width': 30}])(still())
    assert results['streams']['bgr'].size == (20, 30)
    assert results['streams']['bgr'].render().shape[1:3] == (20, 30)


def test_only_the_streams_that_are_named():
    results = Albumentations([NOISE], streams=['bgr'])(still())
    assert set(results['drawn']) == {'albumentations_bgr'}
    plain = still()['streams']['fgr'].render()
    assert (results['streams']['fgr'].render() == plain).all()


def test_built_transforms_are_taken():
    results = Albumentations([A.HorizontalFlip(p=1.0)])(still())
    assert isinstance(results['streams']['fgr'].source, ArrayFrames)


@pytest.mark.parametrize(
    ('step', 'message'),
    [
        ({'type': 'Fog'}, "no transform 'Fog'"),
        ({'type': 'GaussNoise', 'var_limit': (1, 2)}, 'GaussNoise'),
        ({'type': 'Rotate', 'limit': 'far'}, 'Rotate'),
    ],
)
def test_wrong_arguments_are_errors(step, message):
    with pytest.raises(ConfigError, match=message):
        Albumentations([step])


def test_soft_and_hard_masks_do_not_disturb_one_another():
    transform = Albumentations([TURN])
    picture = np.zeros((3, 40, 40, 4), np.uint8)
    picture[:, 10:30, 10:30] = 255
    for interpolation in (NEAREST, 'linear', NEAREST):
        results = still()
        stream = results['streams']['fgr']
        stream.replace(picture)
        stream.matte_interpolation = interpolation
        values = np.unique(transform(results)['streams']['fgr'].render()[..., 3])
        assert (len(values) == 2) == (interpolation == NEAREST)


def test_floats_are_refused():
    with pytest.raises(DataError, match=r'uint8, not .* float32'):
        Albumentations([{'type': 'ToFloat', 'p': 1.0}])(still())


def test_the_package_is_imported_when_it_is_asked_for_without_asking_the_network():
    code = (
        'import sys\n'
        'import rvm.datasets.transforms as transforms\n'
        "assert 'albumentations' not in sys.modules\n"
        "transforms.Albumentations([{'type': 'HorizontalFlip'}])\n"
        'import os\n'
        "assert os.environ['NO_ALBUMENTATIONS_UPDATE'] == '1'\n"
    )
    subprocess.run([sys.executable, '-c', code], check=True)
