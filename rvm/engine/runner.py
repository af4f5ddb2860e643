"""mmengine's Runner, where 0.10.7 needs help: several processes without a GPU."""

import logging
import os
from datetime import timedelta
from typing import Any

import torch
from mmengine.dist import is_distributed
from mmengine.logging import MMLogger
from mmengine.model import MMDistributedDataParallel, is_model_wrapper
from mmengine.runner import Runner
from torch import distributed, nn

from rvm.models import MattingModel


class MattingRunner(Runner):
    """A Runner that also runs as several processes on the CPU (gloo), and starts quietly.

    With a launcher and no GPU, mmengine's own would call `torch.cuda.set_device` and end. What it
    says of environment, config and hooks at the start goes into the log file alone.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for handler, level in self._terminal:
            handler.setLevel(level)

    def build_logger(
        self, log_level: int | str = 'INFO', log_file: str | None = None, **kwargs: Any
    ) -> MMLogger:
        """Build the logger; the terminal hears warnings only until the Runner stands."""
        logger = super().build_logger(log_level, log_file, **kwargs)
        terminal = [h for h in logger.handlers if type(h) is logging.StreamHandler]
        self._terminal = [(handler, handler.level) for handler in terminal]
        for handler in terminal:
            handler.setLevel(max(handler.level, logging.WARNING))
        return logger

    def setup_env(self, env_cfg: dict[str, Any]) -> None:
        """Set the environment up; join the other processes by gloo where there is no GPU."""
        if self.distributed and not is_distributed() and not torch.cuda.is_available():
            options = env_cfg.get('dist_cfg', {})
            seconds = options.get('timeout', 1800)
            distributed.init_process_group('gloo', timeout=timedelta(seconds=seconds))
        super().setup_env(env_cfg)

    def wrap_model(self, model_wrapper_cfg: dict | None, model: nn.Module) -> nn.Module:
        """Wrap the model for several processes; on the CPU without device ids."""
        if not self.distributed or torch.cuda.is_available() or is_model_wrapper(model):
            return super().wrap_model(model_wrapper_cfg, model)
        options = {'broadcast_buffers': False, 'find_unused_parameters': False}
        options |= model_wrapper_cfg or {}
        options.pop('type', None)
        return MMDistributedDataParallel(module=model, device_ids=None, **options)

    @property
    def matting_model(self) -> MattingModel:
        """The model, whether it is wrapped or not."""
        return self.model.module if is_model_wrapper(self.model) else self.model


def launcher() -> str:
    """Return 'pytorch' in a process that torchrun has started, else 'none'."""
    return 'pytorch' if 'LOCAL_RANK' in os.environ else 'none'
