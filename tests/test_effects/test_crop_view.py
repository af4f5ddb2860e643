import pickle

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from rvm.effects import CropView


@pytest.mark.parametrize('shape', [(300, 384), (384, 301), (256, 256), (512, 511)])
def test_matrix_is_resize_and_centre_crop(shape):
    view = CropView(512, *shape)
    # a picture of its own coordinates: bilinear resizing keeps ramps, but at the border
    y, x = torch.meshgrid(torch.arange(512.0), torch.arange(512.0), indexing='ij')
    ramps = F.interpolate(torch.stack([x, y])[None], (view.side, view.side), mode='bilinear')[0]
    crop = ramps[:, view.area[0], view.area[1]].numpy()
    assert crop.shape[1:] == (view.height, view.width)
    v, u = np.mgrid[1 : view.height - 1, 1 : view.width - 1]
    points = view.matrix() @ np.stack([*crop[:, 1:-1, 1:-1].reshape(2, -1), np.ones(u.size)])
    np.testing.assert_allclose(points, [u.ravel(), v.ravel(), np.ones(u.size)], atol=1e-3)


def test_offsets_round_down():
    view = CropView(512, 301, 384)
    assert (view.side, view.top, view.left, view.scale) == (384, 41, 0, 0.75)


def test_it_can_be_sent_and_compared():
    view = CropView(512, 301, 384)
    assert pickle.loads(pickle.dumps(view)) == view
    with pytest.raises(AttributeError):
        view.size = 3
