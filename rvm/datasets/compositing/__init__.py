"""Foregrounds over backgrounds, with a seed: what a clip is made of, and its pictures."""

from rvm.datasets.compositing.plan import Drift, Sample, Take
from rvm.datasets.compositing.render import STREAMS, composite, render

__all__ = ['STREAMS', 'Drift', 'Sample', 'Take', 'composite', 'render']
