"""Folders of predictions beside folders of true clips: found, paired, checked, scored."""

from rvm.evaluation.folders.evaluate import evaluate_folders, score_part, versions

__all__ = ['evaluate_folders', 'score_part', 'versions']
