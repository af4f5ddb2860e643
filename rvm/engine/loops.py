"""Loops of the Runner."""

import re

from mmengine.runner import TestLoop

from rvm.errors import UserError
from rvm.evaluation import MattingMetric
from rvm.registry import LOOPS


@LOOPS.register_module()
class ClipTestLoop(TestLoop):
    """mmengine's test loop; ends the workers of metrics also where it fails."""

    def run(self) -> dict:
        """Predict and score the whole test set; return its averages.

        Raises:
            UserError: The system ended a worker of the loader.
        """
        try:
            return super().run()
        except RuntimeError as error:
            if not re.match(r'DataLoader worker .* (killed|exited)', str(error)):
                raise
            raise UserError(
                'a worker of the loader was ended from outside, as the system does when memory or '
                'shared memory (docker run --shm-size) runs out: use fewer workers '
                '(test_dataloader.num_workers), or smaller chunks (test_dataloader.sampler.chunk)'
            ) from error
        finally:
            for metric in self.evaluator.metrics:
                if isinstance(metric, MattingMetric):
                    metric.close()
