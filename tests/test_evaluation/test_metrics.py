"""The Runner's metric: one result a clip, the same numbers for any workers and processes."""

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator

from rvm.errors import ConfigError, DataError
from rvm.evaluation import MattingMetric
from rvm.evaluation.scoring import DEFAULT, score_chunk
from rvm.registry import METRICS
from tests.test_evaluation.clips import alphas, pictures, worse

CLIPS = {'static/0000': 5, 'static/0001': 3, 'motion/0000': 7}


def samples(name, chunk):
    """Return a clip as the model returns it, in chunks."""
    length, seed = CLIPS[name], list(CLIPS).index(name)
    true, colour = alphas(length, seed=seed), pictures(length, seed=seed)
    tensors = {
        'pred_pha': worse(true, seed)[:, None],
        'true_pha': true[:, None],
        'pred_fgr': worse(colour, seed),
        'true_fgr': colour,
    }
    return [
        {
            'clip': name,
            'start': start,
            'length': length,
            'frames': [f'{n:04}' for n in range(start, min(start + chunk, length))],
            **{k: torch.from_numpy(v[start : start + chunk]) for k, v in tensors.items()},
        }
        for start in range(0, length, chunk)
    ]


def expected(name):
    (sample,) = samples(name, 100)
    arrays = {k: v.numpy() for k, v in sample.items() if isinstance(v, torch.Tensor)}
    for key in ('pred_pha', 'true_pha'):
        arrays[key] = arrays[key][:, 0]
    return score_chunk(arrays, name, sample['frames']).values


@pytest.mark.parametrize('chunk', [2, 100])
@pytest.mark.parametrize('workers', [0, 2])
def test_values_are_those_of_whole_clips(workers, chunk):
    metric = METRICS.build({'type': 'MattingMetric', 'workers': workers, 'name': 'set'})
    evaluator = Evaluator(metric)
    for name in CLIPS:
        for sample in samples(name, chunk):
            evaluator.process([sample], {})
    means = evaluator.evaluate(len(CLIPS))
    results = metric.last_results
    assert [clip.clip for clip in results.clips] == sorted(CLIPS)
    for clip in results.clips:
        for name, values in expected(clip.clip).items():
            np.testing.assert_array_equal(clip.values[name], values, err_msg=name)
    assert means == {name: pytest.approx(results.mean()[name]) for name in DEFAULT}
    assert means['pha_mad'] > 0


def test_processes_are_gathered(monkeypatch):
    parts = []
    for rank in range(2):
        metric = MattingMetric(workers=0)
        for name in list(CLIPS)[rank::2]:
            metric.process({}, samples(name, 2))
        monkeypatch.setattr('rvm.evaluation.metrics.all_gather_object', lambda part: [part])
        with pytest.raises(DataError, match='clips were scored and the test set has 3'):
            metric.evaluate(3)
        for name in list(CLIPS)[rank::2]:
            metric.process({}, samples(name, 2))
        parts.append(metric)
    gathered = []
    monkeypatch.setattr(
        'rvm.evaluation.metrics.all_gather_object', lambda part: gathered.append(part) or gathered
    )
    with pytest.raises(DataError):
        parts[0].evaluate(3)  # alone; leaves its part
    means = parts[1].evaluate(3)
    alone = MattingMetric(workers=0)
    for name in CLIPS:
        alone.process({}, samples(name, 100))
    monkeypatch.setattr('rvm.evaluation.metrics.all_gather_object', lambda part: [part])
    assert means == alone.evaluate(3)


def test_a_clip_scored_twice_is_refused(monkeypatch):
    metric = MattingMetric(workers=0)
    metric.process({}, samples('static/0000', 100))
    monkeypatch.setattr('rvm.evaluation.metrics.all_gather_object', lambda part: [part, part])
    with pytest.raises(DataError, match='scored twice: static/0000'):
        metric.evaluate(1)


def test_it_starts_anew_after_each_evaluation():
    metric = MattingMetric(workers=1)
    found = []
    for _ in range(2):
        metric.process({}, samples('static/0001', 2))
        found.append(metric.evaluate(1))
    assert found[0] == found[1]


def test_a_model_without_foreground_is_scored_on_alpha():
    metric = MattingMetric(workers=0, prefix='val')
    (sample,) = samples('static/0000', 100)
    del sample['pred_fgr']
    metric.process({}, [sample])
    means = metric.evaluate(1)
    assert set(means) == {f'val/{name}' for name in DEFAULT if 'fgr' not in name}


def test_the_source_of_the_batch_is_shown():
    metric = MattingMetric(workers=0, strips=1)
    batch = {'src': torch.zeros(1, 5, 3, 24, 32, dtype=torch.uint8)}
    metric.process(batch, samples('static/0000', 100))
    metric.evaluate(1)
    (strip,) = metric.last_results.clips[0].strips
    assert strip.jpeg[:2] == b'\xff\xd8'
    assert strip.value == metric.last_results.clips[0].values['pha_mad'].max()


def test_wrong_options_are_refused():
    with pytest.raises(ConfigError, match='protocol'):
        MattingMetric(protocol='medium')
