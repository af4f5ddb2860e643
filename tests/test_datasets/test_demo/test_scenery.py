from itertools import pairwise

import numpy as np
import pytest

from rvm.datasets.demo import scenery
from rvm.datasets.demo.pictures import HELD_OUT, SCENES, TRAIN, all_pictures, picture
from rvm.datasets.demo.scenery import crop_of, moving, over, still

SIZE = (54, 96)


def test_pictures_are_there_and_shared_out():
    assert not set(TRAIN) & set(HELD_OUT)
    assert set(SCENES) <= {*TRAIN, *HELD_OUT}
    for image in (*all_pictures(True), *all_pictures(False)):
        assert image.ndim == 3
        assert image.shape[2] == 3
        assert 0 <= image.min() < 0.3
        assert 0.5 < image.max() <= 1
        assert not image.flags.writeable


def test_no_picture_shows_a_person():
    assert not {'astronaut.png', 'camera.png', 'lfw_subset.npy'} & {*TRAIN, *HELD_OUT}


@pytest.mark.parametrize('kind', ['_real', '_room', '_street', '_land', '_wall', '_blobs'])
@pytest.mark.parametrize('held_out', [False, True])
def test_every_kind_fills_the_picture(kind, held_out, rng):
    for size in (SIZE, (40, 31)):
        image = getattr(scenery, kind)(rng, size, held_out)
        assert image.shape == (*size, 3)
        assert np.isfinite(image).all()
        assert image.std() > 0.005


def test_backgrounds_differ(rng):
    images = [still(rng, SIZE, False) for _ in range(10)]
    assert all(image.shape == (*SIZE, 3) and image.dtype == np.uint8 for image in images)
    assert np.std([image.mean(axis=(0, 1)) for image in images], axis=0).min() > 15
    assert np.mean([image.std() for image in images]) > 15


def test_training_and_validation_show_other_pictures(monkeypatch, rng):
    asked = set()

    def note(name):
        asked.add(name)
        return picture(name)

    monkeypatch.setattr(scenery.pictures, 'picture', note)
    for _ in range(25):
        still(rng, SIZE, True)
    assert asked
    assert asked <= set(HELD_OUT)


def test_camera_and_things_move_smoothly(rng):
    frames = [frame.astype(int) for frame in moving(rng, SIZE, 8, False)]
    steps = [np.abs(b - a).mean() for a, b in pairwise(frames)]
    assert len(frames) == 8
    assert min(steps) > 0.1
    assert max(steps) < np.abs(frames[0] - frames[0].mean(axis=(0, 1))).mean() + 12


def test_a_crop_shows_a_part_of_the_picture(rng):
    ramp = np.mgrid[:120, :200].transpose(1, 2, 0) / 200
    image = np.concatenate([ramp, ramp[..., :1]], axis=2).astype(np.float32)
    for _ in range(5):
        crop = crop_of(rng, image, SIZE, 1.0)
        assert crop.shape == (*SIZE, 3)
        assert crop.min() >= 0
        assert 0.05 < np.ptp(crop[..., 1]) <= 1


def test_over():
    layer = np.zeros((1, 2, 4), np.float32)
    layer[0, 0] = [0.25, 0, 0, 0.5]
    np.testing.assert_allclose(over(layer, np.ones((1, 2, 3)))[0, 0], [0.75, 0.5, 0.5])
