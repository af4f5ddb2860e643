"""Loops of the Runner."""

from mmengine.runner import TestLoop

from rvm.evaluation import MattingMetric
from rvm.registry import LOOPS


@LOOPS.register_module()
class ClipTestLoop(TestLoop):
    """mmengine's test loop; ends the workers of metrics also where it fails."""

    def run(self) -> dict:
        """Predict and score the whole test set; return its averages."""
        try:
            return super().run()
        finally:
            for metric in self.evaluator.metrics:
                if isinstance(metric, MattingMetric):
                    metric.close()
