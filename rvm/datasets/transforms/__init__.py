"""Steps of a pipeline: they plan on `Stream`s, and the last one carries out and packs."""

from rvm.datasets.transforms.affine import MotionAffine, StaticAffine
from rvm.datasets.transforms.albumentations import Albumentations
from rvm.datasets.transforms.color import ColorDrift, ColorJitter, Greyscale
from rvm.datasets.transforms.focus import BlurDrift, Sharpen
from rvm.datasets.transforms.framing import CropResize, FitShortSide, Flip
from rvm.datasets.transforms.grain import AddGrain
from rvm.datasets.transforms.pack import PackMatting, PackSegmentation
from rvm.datasets.transforms.pause import Pause
from rvm.datasets.transforms.sample_frames import SampleFrames

__all__ = [
    'AddGrain',
    'Albumentations',
    'BlurDrift',
    'ColorDrift',
    'ColorJitter',
    'CropResize',
    'FitShortSide',
    'Flip',
    'Greyscale',
    'MotionAffine',
    'PackMatting',
    'PackSegmentation',
    'Pause',
    'SampleFrames',
    'Sharpen',
    'StaticAffine',
]
