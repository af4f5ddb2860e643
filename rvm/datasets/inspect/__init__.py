"""Looking at data before training: what is wrong with it, and what it looks like."""

from rvm.datasets.inspect import coco, matting, records, youtube_vis  # noqa: F401 - checkers
from rvm.datasets.inspect.check import check_configs
from rvm.datasets.inspect.checkers import CHECKERS, checks, selected
from rvm.datasets.inspect.fault import FAULT, WARNING, Fault, Findings, fault, warning
from rvm.datasets.inspect.job import ClipJob, Job, Part
from rvm.datasets.inspect.report import Report

__all__ = [
    'CHECKERS',
    'FAULT',
    'WARNING',
    'ClipJob',
    'Fault',
    'Findings',
    'Job',
    'Part',
    'Report',
    'check_configs',
    'checks',
    'fault',
    'selected',
    'warning',
]
