import pytest
import torch

from rvm.errors import UserError
from rvm.inference.memory import explain_out_of_memory


@pytest.mark.parametrize(
    ('chunk', 'advice'),
    [
        (1, 'lower the ratio (--downsample-ratio)'),
        (4, 'lower the chunk first (--chunk), then the ratio (--downsample-ratio)'),
    ],
)
def test_the_sentence_says_which_option_to_lower(chunk, advice):
    original = torch.OutOfMemoryError('CUDA out of memory.\nTried to allocate 2.00 GiB')
    with (
        pytest.raises(UserError) as caught,
        explain_out_of_memory(3840, 2160, chunk, 1 / 3),
    ):
        raise original
    true = f'out of GPU memory at 3840x2160 with chunk {chunk} and ratio 0.333: {advice}'
    assert str(caught.value) == true
    assert caught.value.__cause__ is original


def test_other_errors_pass():
    with pytest.raises(RuntimeError, match='a bug'), explain_out_of_memory(1, 1, 1, 1.0):
        raise RuntimeError('a bug')
