import cv2
import numpy as np
import pytest

from rvm.datasets.demo.files import write_jpeg, write_png


@pytest.mark.parametrize('shape', [(20, 30, 3), (20, 30)])
def test_what_is_written_is_read_in_the_same_colours(tmp_path, shape):
    image = np.zeros(shape, np.uint8)
    image[5:15, 10:20] = (250, 120, 10) if len(shape) == 3 else 200
    write_png(tmp_path / 'new' / 'a.png', image)
    write_jpeg(tmp_path / 'new' / 'a.jpg', image, quality=95)
    for name, most in (('a.png', 0), ('a.jpg', 30)):
        found = cv2.imread(str(tmp_path / 'new' / name), cv2.IMREAD_UNCHANGED)
        assert found.shape == shape
        found = found[..., ::-1] if found.ndim == 3 else found
        assert np.abs(found.astype(int) - image).max() <= most
