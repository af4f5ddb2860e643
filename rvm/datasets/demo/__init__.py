"""Demo data: generated people with exact alpha, in the layouts of the real data sets."""

from rvm.datasets.demo.make import make_demo_data
from rvm.datasets.demo.size import DEFAULT, TINY, DemoSize

__all__ = ['DEFAULT', 'TINY', 'DemoSize', 'make_demo_data']
