"""The measures by name, and the scores of consecutive frames, in any process.

Protocols, as published (Lin et al., WACV 2022, section 4): 'low' for sets of about 512 pixels, Grad
on alpha that is min-max normalised, and Conn; 'high' for larger ones, Grad on alpha as it is, no
Conn.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rvm.errors import ConfigError
from rvm.evaluation import functional
from rvm.evaluation.strips import Strip, draw_strip

SPREAD = 10
"""Frames of a clip from which at most one is shown: neighbours look alike."""
APART = 5
"""Frames from one that is shown to the next, at the least."""

Values = dict[str, np.ndarray]
"""Name of a measure -> [T] float64, NaN where it is not defined."""


@dataclass(frozen=True)
class Measure:
    """One number a frame; lower is better.

    Attributes:
        title: As the papers write it.
        target: 'pha' or 'fgr'.
        scale: What the number has been multiplied by.
        meaning: In words.
    """

    title: str
    target: str
    scale: str
    meaning: str


MEASURES = {
    'pha_mad': Measure('MAD', 'pha', '1e3', 'mean absolute difference of alpha'),
    'pha_mse': Measure('MSE', 'pha', '1e3', 'mean squared difference of alpha'),
    'pha_grad': Measure('Grad', 'pha', '1e-3', 'squared difference of alpha gradients, summed'),
    'pha_conn': Measure('Conn', 'pha', '1e-3', 'difference of connectivity, summed'),
    'pha_dtssd': Measure('dtSSD', 'pha', '1e2', 'difference of the change from frame to frame'),
    'fgr_mad': Measure('fgr MAD', 'fgr', '1e3', 'mean absolute difference of colour, alpha > 0'),
    'fgr_mse': Measure('fgr MSE', 'fgr', '1e3', 'mean squared difference of colour, alpha > 0'),
    'pha_sad': Measure('SAD', 'pha', '1e-3', 'absolute difference of alpha, summed'),
    'pha_mad_unknown': Measure('MAD-U', 'pha', '1e3', 'MAD over the unknown region'),
    'pha_mse_unknown': Measure('MSE-U', 'pha', '1e3', 'MSE over the unknown region'),
    'pha_sad_unknown': Measure('SAD-U', 'pha', '1e-3', 'SAD over the unknown region'),
}
DEFAULT = ('pha_mad', 'pha_mse', 'pha_grad', 'pha_conn', 'pha_dtssd', 'fgr_mad', 'fgr_mse')
"""What the published tables hold."""
NOT_HIGH = ('pha_conn',)


def check_measures(names: Sequence[str] | None, protocol: str) -> tuple[str, ...]:
    """Return the measures asked for, `DEFAULT` for None; refuse unknown names and protocols."""
    if protocol not in functional.PROTOCOLS:
        raise ConfigError(f"protocol must be 'low' or 'high', not {protocol!r}")
    if names is None:
        return DEFAULT
    unknown = [name for name in names if name not in MEASURES]
    if unknown or not names:
        what = f'there is no measure {unknown[0]!r}' if unknown else 'no measure is named'
        raise ConfigError(f'metrics: {what}; there are {", ".join(MEASURES)}')
    wrong = [name for name in names if name in NOT_HIGH]
    if protocol == 'high' and wrong:
        raise ConfigError(f'metrics: the protocol high has no {wrong[0]}; leave it out')
    return tuple(dict.fromkeys(names))


def check_strips(count: int) -> int:
    """Return how many pictures of a clip are wanted; refuse what is no such number."""
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise ConfigError(f'strips must be a whole number, 0 (no pictures) or more, not {count!r}')
    return count


def main_measure(measures: Sequence[str]) -> str:
    """Return the measure by which clips and frames are ranked: MAD where it is there."""
    return 'pha_mad' if 'pha_mad' in measures else measures[0]


def measured(names: Sequence[str], protocol: str, has_fgr: bool) -> list[str]:
    """Return which of the measures a clip has in a protocol, with or without foregrounds."""
    return [
        name
        for name in names
        if not (protocol == 'high' and name in NOT_HIGH)
        and (has_fgr or MEASURES[name].target != 'fgr')
    ]


@dataclass(frozen=True)
class ChunkScores:
    """Scores of consecutive frames of a clip.

    Attributes:
        clip: '<dataset>/<clip>'.
        start: Number of the first frame in the clip.
        frames: Names of the T frames.
        size: Height and width in pixels.
        values: Measures by name, [T] each.
        strips: Pictures of the worst frames, at most one of every `SPREAD`.
    """

    clip: str
    start: int
    frames: Sequence[str]
    size: tuple[int, int]
    values: Values
    strips: Sequence[Strip] = ()


def score_chunk(
    arrays: Mapping[str, np.ndarray],
    clip: str,
    frames: Sequence[str],
    start: int = 0,
    measures: Sequence[str] = DEFAULT,
    protocol: str = 'low',
    strips: bool = False,
) -> ChunkScores:
    """Score consecutive frames of a clip.

    Args:
        arrays: 'pred_pha' and 'true_pha' [T, H, W]; 'pred_fgr' and 'true_fgr' [T, 3, H, W], or
            neither; uint8 in 0..255 or float in 0..1. Where start > 0, 'previous' [2, H, W]: the
            predicted and the true alpha of the frame before, for dtSSD. For strips, 'src'
            [T, 3, h, w] uint8, of any size.
        clip: '<dataset>/<clip>'.
        frames: Names of the T frames.
        start: Number of the first frame in the clip.
        measures: Names in `MEASURES`.
        protocol: 'low' or 'high'.
        strips: Draw the worst frames.

    Returns:
        The scores, without measures of what is not there ('fgr') or not in the protocol.
    """
    pred, true = arrays['pred_pha'], arrays['true_pha']
    if any(name.endswith('_unknown') for name in measures):
        arrays = {**arrays, 'unknown': functional.unknown_region(true)}
    values: Values = {}
    for name in measured(measures, protocol, 'pred_fgr' in arrays and 'true_fgr' in arrays):
        values[name] = np.asarray(_FUNCTIONS[name](arrays, protocol), np.float64)
    drawn = []
    if strips:
        main = main_measure(measures)
        if main not in values:  # the clip has no foreground
            main = 'pha_mad'
        order = values[main] if main in values else functional.mad(pred, true)
        for number in _worst(np.nan_to_num(order, nan=-1), start):
            src = arrays['src'][number] if 'src' in arrays else None
            drawn.append(
                Strip(
                    start + number,
                    frames[number],
                    float(order[number]),
                    draw_strip(src, true[number], pred[number]),
                    src is not None,
                    MEASURES[main].title,
                )
            )
    return ChunkScores(clip, start, list(frames), pred.shape[1:], values, drawn)


def _worst(order: np.ndarray, start: int) -> list[int]:
    """Return the worst frame of every `SPREAD` of the clip that the chunk has a part of."""
    blocks = (start + np.arange(len(order))) // SPREAD
    return [
        int(np.flatnonzero(blocks == block)[np.argmax(order[blocks == block])])
        for block in np.unique(blocks)
    ]


def _dtssd(arrays: Mapping[str, np.ndarray], protocol: str) -> np.ndarray:
    pred, true = arrays['pred_pha'], arrays['true_pha']
    if 'previous' not in arrays:
        return functional.dtssd(pred, true)
    before = arrays['previous']
    first = functional.dtssd(np.stack([before[0], pred[0]]), np.stack([before[1], true[0]]))[1:]
    return np.concatenate([first, functional.dtssd(pred, true)[1:]])


def _alpha(
    function: Callable[..., np.ndarray],
) -> Callable[[Mapping[str, np.ndarray], str], np.ndarray]:
    return lambda arrays, protocol: function(arrays['pred_pha'], arrays['true_pha'])


def _unknown(
    function: Callable[..., np.ndarray],
) -> Callable[[Mapping[str, np.ndarray], str], np.ndarray]:
    return lambda arrays, protocol: function(
        arrays['pred_pha'],
        arrays['true_pha'],
        where=arrays['unknown'],
    )


def _colour(
    function: Callable[..., np.ndarray],
) -> Callable[[Mapping[str, np.ndarray], str], np.ndarray]:
    return lambda arrays, protocol: function(
        arrays['pred_fgr'], arrays['true_fgr'], arrays['true_pha']
    )


_FUNCTIONS = {
    'pha_mad': _alpha(functional.mad),
    'pha_mse': _alpha(functional.mse),
    'pha_sad': _alpha(functional.sad),
    'pha_grad': lambda arrays, protocol: functional.grad(
        arrays['pred_pha'], arrays['true_pha'], protocol
    ),
    'pha_conn': _alpha(functional.conn),
    'pha_dtssd': _dtssd,
    'fgr_mad': _colour(functional.fgr_mad),
    'fgr_mse': _colour(functional.fgr_mse),
    'pha_mad_unknown': _unknown(functional.mad),
    'pha_mse_unknown': _unknown(functional.mse),
    'pha_sad_unknown': _unknown(functional.sad),
}
