"""What runs a config: mmengine's Runner with the library's loops and hooks."""

from rvm.engine.loops import ClipTestLoop
from rvm.engine.runner import MattingRunner, launcher
from rvm.engine.save_predictions import SavePredictions, remove_predictions

__all__ = ['ClipTestLoop', 'MattingRunner', 'SavePredictions', 'launcher', 'remove_predictions']
