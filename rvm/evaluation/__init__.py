"""The metrics of the field: functions, scores of clips and folders, results and reports."""

from rvm.evaluation.folders import evaluate_folders
from rvm.evaluation.metrics import MattingMetric
from rvm.evaluation.results import ClipResult, Results
from rvm.evaluation.scoring import MEASURES, check_measures, score_chunk

__all__ = [
    'MEASURES',
    'ClipResult',
    'MattingMetric',
    'Results',
    'check_measures',
    'evaluate_folders',
    'score_chunk',
]
