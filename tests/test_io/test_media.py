import pytest

from rvm.io.media import BT601_525, BT709, BT2020, ColorTags


@pytest.mark.parametrize(
    ('stated', 'height', 'expected'),
    [
        (2, 1080, BT709),
        (2, 720, BT709),
        (2, 719, BT601_525),
        (BT2020, 480, BT2020),
        (BT601_525, 2160, BT601_525),
    ],
)
def test_the_matrix_is_guessed_only_where_the_file_is_silent(stated, height, expected):
    assert ColorTags(matrix=stated).matrix_for(height) == expected
