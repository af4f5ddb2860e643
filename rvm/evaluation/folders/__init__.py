"""Folders of predictions beside folders of true clips: found, paired, checked, scored."""

from rvm.evaluation.folders.evaluate import evaluate_folders, score_part, versions
from rvm.evaluation.folders.request import check_request

__all__ = ['check_request', 'evaluate_folders', 'score_part', 'versions']
