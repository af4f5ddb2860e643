"""Networks whose results are known, with the interface of `MattingNetwork`."""

import threading

import torch
from torch import Tensor, nn


class RedNetwork(nn.Module):
    """Alpha is the red channel and the foreground the source itself: outputs have a known truth.

    Args:
        fail_at: Number of the frame at which `error` is raised.
        error: See above.
    """

    def __init__(self, fail_at: int | None = None, error: BaseException | None = None) -> None:
        super().__init__()
        self.fail_at, self.error = fail_at, error
        self.seen = 0
        self.ratios: list[float] = []

    def forward(self, src: Tensor, state: tuple | None, ratio: float):
        self.seen += src.shape[1]
        self.ratios.append(ratio)
        if self.fail_at is not None and self.seen > self.fail_at:
            raise self.error
        return src.clone(), src[:, :, :1].clone(), ()


class CountingNetwork(nn.Module):
    """Alpha is a hundredth of the number of frames that the state has seen, this one included."""

    def forward(self, src: Tensor, state: tuple | None, ratio: float):
        before = 0 if state is None else int(state[0])
        numbers = torch.arange(before + 1, before + src.shape[1] + 1)
        pha = (numbers / 100)[None, :, None, None, None].expand(1, -1, 1, *src.shape[3:])
        return src, pha, (numbers[-1],)


def counts(results) -> list[int]:
    """Return how many frames the state had seen at each result of a `CountingNetwork`."""
    return [round(float(pha.mean()) * 100) for _, pha in results]


def worker_threads() -> list[str]:
    """Return the names of the threads of `rvm.inference.workers` that are alive."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name in ('prefetch', 'consume')]
