"""The Runner's metric: one result a clip, the same numbers for any workers and processes."""

import pickle

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator

from rvm.errors import ConfigError, DataError
from rvm.evaluation import MattingMetric
from rvm.evaluation.joining import NEAR
from rvm.evaluation.metrics import shrink
from rvm.evaluation.scoring import DEFAULT, score_chunk
from rvm.evaluation.strips import draw_strip, shown_size
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


def score_a_share(rank, folder):
    """Be one of two processes: score every second clip, then one clip that the other has, too."""
    store = torch.distributed.FileStore(str(folder / 'store'), 2)
    torch.distributed.init_process_group('gloo', store=store, rank=rank, world_size=2)
    metric = MattingMetric(workers=0, strips=2)
    for name in list(CLIPS)[rank::2]:
        metric.process({}, samples(name, 2))
    means = metric.evaluate(3)
    results = metric.last_results
    metric.process({}, samples('static/0000', 100))
    with pytest.raises(DataError) as caught:
        metric.evaluate(2)
    found = (means, results.to_dict(), [clip.strips for clip in results.clips], str(caught.value))
    (folder / f'{rank}.pkl').write_bytes(pickle.dumps(found))
    torch.distributed.destroy_process_group()


def test_processes_are_gathered(tmp_path):
    torch.multiprocessing.spawn(score_a_share, (tmp_path,), nprocs=2)
    first, second = (pickle.loads((tmp_path / f'{rank}.pkl').read_bytes()) for rank in range(2))
    assert first == second
    alone = MattingMetric(workers=0, strips=2)
    for name in CLIPS:
        alone.process({}, samples(name, 100))
    assert first[0] == alone.evaluate(3)
    assert first[1] == alone.last_results.to_dict()
    assert first[2] == [clip.strips for clip in alone.last_results.clips]
    assert 'scored twice: static/0000' in first[3]


def test_clips_that_are_missing_are_said():
    metric = MattingMetric(workers=0)
    metric.process({}, samples('static/0000', 2))
    with pytest.raises(DataError, match='1 clips were scored and the test set has 3'):
        metric.evaluate(3)


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
    assert metric.last_results.notes == [
        'the prediction has no fgr of 1 of 1 clips, their foreground is not measured: static/0000'
    ]


def test_truth_without_foreground_is_said():
    metric = MattingMetric(workers=0)
    for name in CLIPS:
        for sample in samples(name, 2):
            if name != 'motion/0000':
                del sample['true_fgr']
            metric.process({}, [sample])
    metric.evaluate(3)
    assert metric.last_results.notes == [
        'the truth has no fgr of 2 of 3 clips, their foreground is not measured: static/0000, '
        'static/0001'
    ]
    metric = MattingMetric(workers=0, measures=['pha_mad'])
    (sample,) = samples('static/0000', 100)
    del sample['true_fgr']
    metric.process({}, [sample])
    metric.evaluate(1)
    assert metric.last_results.notes == []  # nobody asked for it


@pytest.mark.parametrize('workers', [0, 1])
def test_pictures_do_not_pile_up(workers):
    metric = MattingMetric(workers=workers, strips=1)
    length = 100
    true = alphas(length)
    for start in range(0, length, 5):
        part = slice(start, start + 5)
        sample = {
            'clip': 'd/0',
            'start': start,
            'length': length,
            'frames': [f'{n:04}' for n in range(start, start + 5)],
            'pred_pha': torch.from_numpy(worse(true)[part, None]),
            'true_pha': torch.from_numpy(true[part, None]),
        }
        metric.process({}, [sample])
        assert len(metric._futures) <= 2 * workers
        assert sum(len(kept) for kept in metric._joiner._strips.values()) <= NEAR
    metric.evaluate(1)
    (clip,) = metric.last_results.clips
    assert [strip.number for strip in clip.strips] == [clip.values['pha_mad'].argmax()]


@pytest.mark.parametrize('size', [(36, 64), (3000, 2), (2, 3000), (720, 1280), (1280, 720)])
def test_sources_have_the_size_of_the_pictures(size):
    src = torch.randint(0, 256, (2, 3, *size), dtype=torch.uint8)
    small = shrink(src)
    assert (small.shape, small.dtype) == ((2, 3, *shown_size(*size)), np.uint8)
    if size == (36, 64):
        np.testing.assert_array_equal(small, src.numpy())
    alpha = np.zeros(size, np.uint8)
    assert draw_strip(small[0], alpha, alpha) == draw_strip(src[0].numpy(), alpha, alpha)


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
    with pytest.raises(ConfigError, match=r'strips must be a whole number.* not -1'):
        MattingMetric(strips=-1)
