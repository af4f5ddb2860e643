"""Grain, colour, greyscale, sharpness and blur: one definition, by OpenCV or on the GPU."""

from rvm.effects.crop_view import CropView
from rvm.effects.device import apply_effects_batch
from rvm.effects.parameters import (
    COLUMN,
    COLUMNS,
    IDENTITY,
    MAX_GRAIN_SEED,
    STAGES,
    active_stages,
    identity,
    is_identity,
    pending_stage,
)
from rvm.effects.worker import apply_effects

__all__ = [
    'COLUMN',
    'COLUMNS',
    'IDENTITY',
    'MAX_GRAIN_SEED',
    'STAGES',
    'CropView',
    'active_stages',
    'apply_effects',
    'apply_effects_batch',
    'identity',
    'is_identity',
    'pending_stage',
]
