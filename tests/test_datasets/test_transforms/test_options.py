"""Options are checked where they are given."""

import pytest

from rvm.datasets import transforms
from rvm.errors import ConfigError


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [
        ('AddGrain', {'prob': 30}, 'AddGrain: prob is a chance in 0..1, not 30'),
        ('AddGrain', {'prob': 0.1, 'mono': 2}, 'mono is a chance'),
        ('MotionAffine', {'fgr': -1}, 'fgr is a chance'),
        ('MotionAffine', {'both': 7}, 'both is a chance'),
        ('BlurDrift', {'bgr': 1.5}, 'bgr is a chance'),
        ('ColorDrift', {'prob': '0.3'}, 'prob is a chance'),
        ('Greyscale', {'prob': True}, 'prob is a chance'),
        ('Sharpen', {'prob': 3}, 'prob is a chance'),
        ('Pause', {'prob': 3}, 'prob is a chance'),
        ('Flip', {'prob': 3}, 'prob is a chance'),
        ('SampleFrames', {'reverse': 5}, 'reverse is a chance'),
        (
            'StaticAffine',
            {'scale': {'fg': (0.5, 1)}},
            "scale names 'fg'; streams are fgr, bgr, src",
        ),
        ('Albumentations', {'transforms': [], 'streams': ['foo']}, "streams names 'foo'"),
    ],
)
def test_wrong_values_are_named(name, options, message):
    with pytest.raises(ConfigError, match=message):
        getattr(transforms, name)(**options)
