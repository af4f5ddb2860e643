from pathlib import Path

import numpy as np
import pytest

from rvm.errors import DataError
from rvm.evaluation.folders.frame_stream import FrameStream, shrink_for
from rvm.evaluation.folders.image_stream import ImageStream


@pytest.mark.parametrize(
    ('width', 'shrink'), [(100, 1), (240, 1), (479, 1), (480, 2), (1920, 8), (7680, 8)]
)
def test_pictures_are_never_shrunk_below_the_width_wanted(width, shrink):
    assert shrink_for(width, 240) == shrink


@pytest.mark.parametrize('kind', [np.uint8, np.uint16])
def test_colours_are_told_from_stray_ones(kind):
    stream: FrameStream = ImageStream(Path('a'), ('0.png', '1.png'))
    unit = np.iinfo(kind).max // 255
    image = np.full((4, 5, 3), 100 * unit, kind)
    image[2, 3, 1] += 16 * unit
    stream.check_grey(1, image)
    image[2, 3, 2] -= 17 * unit
    with pytest.raises(DataError, match=r'^a/1.png is a picture in colours .*: give alpha as'):
        stream.check_grey(1, image)
