"""From a config and a checkpoint to the scores of a test set."""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mmengine
import torch
from mmengine.config import Config
from mmengine.dist import get_world_size

from rvm.allocator import keep_freed_memory
from rvm.engine.config_check import check_keys
from rvm.engine.runner import MattingRunner
from rvm.engine.save_predictions import SavePredictions
from rvm.errors import ConfigError, UserError, WeightsError
from rvm.evaluation import MattingMetric, Results
from rvm.evaluation.folders import versions
from rvm.models.weights import load_weights
from rvm.models.weights_file import read_weights

PARTS = ('datasets', 'names', 'exclude', 'max_frames', 'indices')
"""Options of a data set that choose a part of it."""
NEEDED = ('model', 'test_dataloader', 'test_evaluator', 'test_cfg')


def run_test(
    config: Config,
    checkpoint: str | os.PathLike,
    work_dir: str | os.PathLike,
    predictions: str | os.PathLike | None = None,
    launcher: str = 'none',
) -> Results:
    """Run a network over the test set of a config; reading, predicting and scoring overlap.

    Args:
        config: With a model, a test loader and a `MattingMetric`. Where `model.network` is None,
            the network is that which the checkpoint names.
        checkpoint: Any weights file (published or ours).
        work_dir: For logs.
        predictions: Folder to save predictions in as PNG, `<dataset>/<clip>/{pha,fgr}`.
        launcher: 'none', or 'pytorch' in each of several processes.

    Returns:
        The scores, on every process.

    Raises:
        ConfigError: The config lacks something.
        WeightsError: The checkpoint does not fit.
        DataError: The test set does not fit.
    """
    began = time.monotonic()
    check_testable(config)
    if config.model.get('network') is None:
        config.model.network = _network_of(checkpoint)
    if 'backbone' in config.model.network:
        config.model.network.backbone.pretrained = False  # the checkpoint has all weights
    config.work_dir, config.launcher = os.fspath(work_dir), launcher
    config.setdefault('randomness', {'seed': 0})
    if not torch.cuda.is_available():
        keep_freed_memory()
    with _one_sentence(config):
        runner = MattingRunner.from_cfg(config)
    model = runner.matting_model
    load_weights(model.network, checkpoint)
    model.network.eval()
    model.fuse()
    hook = None
    if predictions is not None:
        hook = SavePredictions(os.fspath(predictions))
        runner.register_hook(hook)
    with _one_sentence(config):
        evaluator = runner.test_loop.evaluator
    metrics = [metric for metric in evaluator.metrics if isinstance(metric, MattingMetric)]
    if len(metrics) != 1:
        raise ConfigError(
            f'test_evaluator: expected one MattingMetric, found {len(metrics)} among '
            f'{[type(metric).__name__ for metric in evaluator.metrics]}'
        )
    try:
        runner.test()
    finally:
        if hook is not None:
            hook.close()
    results = metrics[0].last_results
    _name(results, config)
    results.notes += _parts(config)
    results.info = _facts(config, checkpoint, runner) | {'seconds': time.monotonic() - began}
    return results


def _name(results: Results, config: Config) -> None:
    """Call a ready-made set as its folder; rows of another set must not seem to be of this one."""
    dataset = config.test_dataloader.dataset
    if dataset.type.rpartition('.')[2] != 'EvaluationClips':
        return
    folder = Path(dataset.get('data_root') or '', dataset.get('path') or '').resolve().name
    if folder != results.name and results.published:
        results.notes.append(f'the published rows are of {results.name}; this set is {folder}')
    results.name = folder


def check_testable(config: Config) -> None:
    """Refuse what cannot be tested, before anything is read.

    Raises:
        ConfigError: A key is unknown or missing, or a value does not fit the others.
    """
    name = config.filename or 'the config'
    check_keys(config, name)
    lacking = [key for key in NEEDED if config.get(key) is None]
    if lacking:
        raise ConfigError(
            f'{name}: no {", ".join(lacking)}; a config that can be tested is based on '
            'configs/_base_/benchmark.py or has them all'
        )
    loader = config.test_dataloader
    sampler = str(loader.get('sampler', {}).get('type', '')).rpartition('.')[2]
    if sampler == 'ChunkSampler' and loader.get('batch_size', 1) != 1:
        raise ConfigError(
            f'{name}: test_dataloader.batch_size is {loader.batch_size}, and ChunkSampler gives '
            'parts of one clip at a time: set it to 1 (test_dataloader.sampler.chunk is the number '
            'of frames)'
        )
    if loader.get('num_workers') == 0:
        loader.pop('prefetch_factor', None)  # torch refuses it where nothing is fetched ahead


@contextmanager
def _one_sentence(config: Config) -> Iterator[None]:
    """Turn what a wrong value in a config raises, deep inside what is built, into a sentence."""
    try:
        yield
    except (TypeError, KeyError, ValueError, AssertionError) as error:
        if isinstance(error, UserError):
            raise
        reason = str(error.args[0] if error.args else error).split('. Please check')[0]
        raise ConfigError(f'{config.filename or "the config"} cannot be built: {reason}') from error


def _parts(config: Config) -> list[str]:
    """Say what a config leaves out of the test set."""
    dataset = config.test_dataloader.dataset
    chosen = {key: dataset.get(key) for key in PARTS if dataset.get(key) is not None}
    return [f'a part of the set: {key} is {value}' for key, value in chosen.items()]


def _network_of(checkpoint: str | os.PathLike) -> dict[str, Any]:
    weights = read_weights(checkpoint)
    if not weights.config:
        raise WeightsError(
            f'{os.fspath(checkpoint)}: does not say which network it is for; name one in the '
            'config (model.network, see configs/_base_/models)'
        )
    return weights.config


def _facts(config: Config, checkpoint: str | os.PathLike, runner: MattingRunner) -> dict[str, Any]:
    """Return what a reader needs to repeat the run, plain values."""
    model = runner.matting_model
    device = next(model.parameters()).device
    return {
        'config': config.filename or '',
        'checkpoint': os.fspath(checkpoint),
        'checkpoint_sha256': hashlib.sha256(Path(checkpoint).read_bytes()).hexdigest(),
        'downsample_ratio': model.downsample_ratio,
        'data': str(config.test_dataloader.dataset.get('data_root') or ''),
        'device': torch.cuda.get_device_name(device) if device.type == 'cuda' else device.type,
        'processes': get_world_size(),
        'date': datetime.now(UTC).isoformat(timespec='seconds'),
        'versions': versions() | {'mmengine': mmengine.__version__},
    }
