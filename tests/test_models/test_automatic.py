import pytest

from rvm.errors import UserError
from rvm.models.automatic import check_chunk, check_ratio, chunk_for, ratio_for


@pytest.mark.parametrize(('value', 'expected'), [('auto', 'auto'), (1, 1.0), ('0.25', 0.25)])
def test_ratios(value, expected):
    assert check_ratio(value) == expected


@pytest.mark.parametrize('value', [0, 1.01, -1, 'half', None, float('nan')])
def test_wrong_ratios_are_refused(value):
    with pytest.raises(UserError, match="downsample_ratio: expected 'auto' or a number"):
        check_ratio(value)


@pytest.mark.parametrize('value', [0, 1.5, 'all', None])
def test_wrong_chunks_are_refused(value):
    with pytest.raises(UserError, match="chunk: expected 'auto' or a whole number"):
        check_chunk(value)


def test_auto_follows_the_size():
    assert ratio_for('auto', 1080, 1920) == 512 / 1920
    assert ratio_for('auto', 100, 200) == 1
    assert ratio_for(0.5, 1080, 1920) == 0.5
    assert chunk_for('auto', 288, 512) == 4
    assert chunk_for('auto', 4 * 2160, 3840) == 1
    assert chunk_for(7, 4 * 2160, 3840) == 7
