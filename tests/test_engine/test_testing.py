"""Testing end to end: the numbers are those of the saved predictions."""

import copy

import cv2
import numpy as np
import pytest
import torch

from rvm.datasets.testset import make_testset
from rvm.engine.testing import run_test
from rvm.errors import ConfigError, WeightsError
from rvm.evaluation.scoring import DEFAULT, score_chunk


def read(folder, channels):
    files = sorted(folder.iterdir())
    flag = cv2.IMREAD_GRAYSCALE if channels == 1 else cv2.IMREAD_COLOR_RGB
    images = np.stack([cv2.imread(str(file), flag) for file in files])
    return images if channels == 1 else images.transpose(0, 3, 1, 2)


@pytest.mark.parametrize('workers', [0, 1])
def test_scores_are_those_of_the_saved_predictions(
    config, checkpoint, demo_root, tmp_path, workers
):
    config.test_evaluator.workers = workers
    config.test_dataloader.num_workers = workers
    predictions = tmp_path / 'predictions'
    results = run_test(config, checkpoint, tmp_path / 'logs', predictions)
    truth = demo_root / 'videomatte_demo'
    clips = sorted(str(path.parent.relative_to(truth)) for path in truth.glob('*/*/pha'))
    assert [clip.clip for clip in results.clips] == clips
    assert len(clips) > 1
    for clip in results.clips:
        arrays = {
            'pred_pha': read(predictions / clip.clip / 'pha', 1),
            'true_pha': read(truth / clip.clip / 'pha', 1),
            'pred_fgr': read(predictions / clip.clip / 'fgr', 3),
            'true_fgr': read(truth / clip.clip / 'fgr', 3),
        }
        expected = score_chunk(arrays, clip.clip, clip.frames)
        for name in DEFAULT:
            np.testing.assert_allclose(clip.values[name], expected.values[name], rtol=1e-6)
        assert len(clip.strips) == 1
        assert clip.size == arrays['true_pha'].shape[1:]
    assert results.name == 'videomatte_demo'
    assert results.info['processes'] == 1
    assert len(results.info['checkpoint_sha256']) == 64
    assert not [path for path in predictions.rglob('*') if path.name.startswith('.')]


def test_published_weights_bring_their_network(config, published_files, tmp_path):
    config.test_dataloader.dataset.max_frames = 1
    config.test_evaluator.measures = ['pha_mad']
    results = run_test(config, published_files['mobilenetv3'], tmp_path / 'logs')
    assert results.mean()['pha_mad'] > 0


def test_a_config_with_another_network_refuses_the_checkpoint(
    config, checkpoint, tiny_config, tmp_path
):
    other = dict(tiny_config, aspp={'type': 'LRASPP', 'out_channels': 20})
    config.model.network = {'type': 'MattingNetwork', **other}
    with pytest.raises(WeightsError, match='does not fit the network'):
        run_test(config, checkpoint, tmp_path / 'logs')


def test_bare_weights_need_a_config(config, tiny_network, tiny_config, tmp_path):
    path = tmp_path / 'bare.pth'
    torch.save(tiny_network.state_dict(), path)
    with pytest.raises(WeightsError, match='does not say which network'):
        run_test(config, path, tmp_path / 'logs')
    config.model.network = {'type': 'MattingNetwork', **tiny_config}
    config.test_dataloader.dataset.max_frames = 1
    assert run_test(config, path, tmp_path / 'logs').num_frames > 0


@pytest.mark.parametrize('key', ['model', 'test_dataloader', 'test_evaluator', 'test_cfg'])
def test_a_config_that_cannot_be_tested_is_refused(config, checkpoint, tmp_path, key):
    config.pop(key)
    with pytest.raises(ConfigError, match=f'no {key}; a config that can be tested'):
        run_test(config, checkpoint, tmp_path / 'logs')


@pytest.mark.parametrize(
    ('option', 'message'),
    [
        ({'test_evaluater.protocol': 'high'}, "nothing reads the key 'test_evaluater'"),
        ({'test_dataloader.dataset.data_rot': 'x'}, "unexpected keyword argument 'data_rot'"),
        ({'test_dataloader.dataset.type': 'Nope'}, 'Nope is not in the'),
        ({'test_dataloader.num_workers': -1}, 'num_workers'),
        ({'test_dataloader.batch_size': 2}, 'batch_size is 2, and ChunkSampler'),
        ({'test_evaluator.protocol': 'medium'}, "protocol must be 'low' or 'high'"),
    ],
)
def test_wrong_values_are_one_sentence(config, checkpoint, tmp_path, option, message):
    config.merge_from_dict(option)
    with pytest.raises(ConfigError, match=message) as caught:
        run_test(config, checkpoint, tmp_path / 'logs')
    assert '\n' not in str(caught.value)


def test_a_part_of_a_set_is_said_to_be_one(config, checkpoint, tmp_path):
    config.test_dataloader.dataset.max_frames = 1
    config.test_dataloader.dataset.datasets = ['videomatte_static']
    config.test_dataloader.prefetch_factor = 1
    results = run_test(config, checkpoint, tmp_path / 'logs')
    assert results.notes == [
        "a part of the set: datasets is ['videomatte_static']",
        'a part of the set: max_frames is 1',
    ]


def test_the_start_is_quiet_and_in_the_log(config, checkpoint, tmp_path, capfd):
    # By default the name ends in the second of the start, and two runs in one share a log file.
    config.experiment_name = 'quiet_and_in_the_log'
    config.test_dataloader.dataset.max_frames = 1
    run_test(config, checkpoint, tmp_path / 'logs')
    printed = ''.join(capfd.readouterr())
    (log,) = (tmp_path / 'logs').rglob('*.log')
    for words in ('System environment', 'Hooks will be executed'):
        assert words in log.read_text()
        assert words not in printed
    assert 'Epoch(test)' in printed
    assert 'WARNING' not in printed


def test_an_evaluator_without_our_metric_is_refused(config, checkpoint, tmp_path):
    config.test_evaluator = {'type': 'mmengine.DumpResults', 'out_file_path': 'x.pkl'}
    with pytest.raises(ConfigError, match='expected one MattingMetric, found 0'):
        run_test(config, checkpoint, tmp_path / 'logs')


def test_a_set_composited_on_the_fly_equals_the_written_one(
    config, checkpoint, demo_root, tmp_path
):
    composited = {
        'type': 'CompositedClips',
        'name': 'static',
        'size': (64, 36),
        'num_samples': 2,
        'num_frames': 5,
        'foregrounds': {
            'type': 'VideoMatteDataset',
            'data_root': str(demo_root),
            'path': 'VideoMatte240K_JPEG_SD/valid',
        },
        'backgrounds': {
            'type': 'StillBackgrounds',
            'data_root': str(demo_root),
            'path': 'Backgrounds/valid',
        },
    }
    make_testset(composited, tmp_path / 'set')
    written = copy.deepcopy(config)
    written.test_dataloader.dataset.data_root = str(tmp_path / 'set')
    config.test_dataloader.dataset = composited
    mine = run_test(config, checkpoint, tmp_path / 'logs')
    theirs = run_test(written, checkpoint, tmp_path / 'logs')
    assert [clip.clip for clip in mine.clips] == ['static/0000', 'static/0001']
    for one, other in zip(mine.clips, theirs.clips, strict=True):
        assert (one.clip, one.frames) == (other.clip, other.frames)
        for name in DEFAULT:
            np.testing.assert_allclose(one.values[name], other.values[name], rtol=1e-6)
    assert mine.name == 'videomatte_demo'
    assert theirs.name == 'set'


def test_rows_of_another_set_are_said_to_be(config, checkpoint, tmp_path):
    config.test_dataloader.dataset.max_frames = 1
    config.test_evaluator.name = 'famous'
    config.test_evaluator.published = {'paper': {'pha_mad': 1.0}}
    results = run_test(config, checkpoint, tmp_path / 'logs')
    assert results.name == 'videomatte_demo'
    assert results.notes == [
        'the published rows are of famous; this set is videomatte_demo',
        'a part of the set: max_frames is 1',
    ]
