"""Test sets on disk that can be made again: written with a manifest, and checked against it."""

from rvm.datasets.testset.manifest import MANIFEST, read_manifest
from rvm.datasets.testset.verifying import Verdict, verify_testset
from rvm.datasets.testset.writing import PictureFormat, make_testset, notes

__all__ = [
    'MANIFEST',
    'PictureFormat',
    'Verdict',
    'make_testset',
    'notes',
    'read_manifest',
    'verify_testset',
]
