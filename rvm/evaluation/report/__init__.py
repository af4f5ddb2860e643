"""Reports: tables for the terminal, sheets, pages of HTML, and runs side by side."""

from rvm.evaluation.report.comparison import Comparison, comparison_table
from rvm.evaluation.report.comparison_page import write_comparison
from rvm.evaluation.report.runs import load_runs
from rvm.evaluation.report.table import terminal_table
from rvm.evaluation.report.write import check_folder, remove_reports, write_reports

__all__ = [
    'Comparison',
    'check_folder',
    'comparison_table',
    'load_runs',
    'remove_reports',
    'terminal_table',
    'write_comparison',
    'write_reports',
]
