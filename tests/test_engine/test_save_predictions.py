"""Predictions as PNG: complete clips or none."""

import cv2
import pytest
import torch

from rvm.engine import SavePredictions
from rvm.engine import save_predictions as module
from rvm.errors import MediaError


def sample(start, frames, length, clip='d/0', seed=0):
    generator = torch.Generator().manual_seed(seed + start)
    draw = {'generator': generator, 'dtype': torch.uint8}
    return {
        'clip': clip,
        'start': start,
        'length': length,
        'frames': [f'f{n}' for n in range(start, start + frames)],
        'pred_pha': torch.randint(0, 256, (frames, 1, 6, 8), **draw),
        'pred_fgr': torch.randint(0, 256, (frames, 3, 6, 8), **draw),
    }


def test_frames_come_back(tmp_path):
    hook = SavePredictions(str(tmp_path / 'out'))
    samples = [sample(0, 4, 6), sample(4, 2, 6)]
    hook.after_test_iter(None, 0, None, samples[:1])
    assert not (tmp_path / 'out' / 'd' / '0').exists()
    hook.after_test_iter(None, 1, None, samples[1:])
    hook.close()
    for part in samples:
        for number, name in enumerate(part['frames']):
            pha = cv2.imread(str(tmp_path / f'out/d/0/pha/{name}.png'), cv2.IMREAD_UNCHANGED)
            fgr = cv2.imread(str(tmp_path / f'out/d/0/fgr/{name}.png'), cv2.IMREAD_COLOR_RGB)
            assert (pha == part['pred_pha'][number, 0].numpy()).all()
            assert (fgr == part['pred_fgr'][number].permute(1, 2, 0).numpy()).all()
    assert sorted(path.name for path in (tmp_path / 'out' / 'd').iterdir()) == ['0']


def test_an_older_clip_is_replaced_whole(tmp_path):
    for length in (5, 2):
        hook = SavePredictions(str(tmp_path))
        hook.after_test_iter(None, 0, None, [sample(0, length, length)])
        hook.close()
    assert len(list((tmp_path / 'd/0/pha').iterdir())) == 2


def test_what_is_not_complete_is_removed(tmp_path):
    hook = SavePredictions(str(tmp_path))
    hook.after_test_iter(None, 0, None, [sample(0, 3, 9)])
    hook.close()
    assert [path for path in tmp_path.rglob('*') if path.is_file()] == []


def test_a_full_disk_is_said(tmp_path, monkeypatch):
    def full(path, data):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(module.Path, 'write_bytes', full)
    hook = SavePredictions(str(tmp_path))
    with pytest.raises(MediaError, match=r'f0\.png cannot be written \(No space left'):
        hook.after_test_iter(None, 0, None, [sample(0, 3, 3)])
    hook.close()
