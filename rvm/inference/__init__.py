"""Matting of real footage with a trained network."""

from rvm.inference.matter import Matter
from rvm.inference.pipeline import MattingResult, matte_video

__all__ = ['Matter', 'MattingResult', 'matte_video']
