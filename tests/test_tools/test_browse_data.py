from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from rvm.io import open_reader
from tests.test_datasets.test_inspect.roots import SIZE, dump, make_config
from tests.test_tools.conftest import assert_one_line


@pytest.fixture(autouse=True)
def _no_collection(monkeypatch):
    """Leave out what takes 0.3 s at the end of every index here: so much is imported."""
    monkeypatch.setattr('mmengine.dataset.base_dataset.gc', SimpleNamespace(collect=lambda: 0))


@pytest.fixture
def config(demo_root, tmp_path):
    config = make_config(demo_root)
    for name in ('mp4', 'seg_video'):
        del config['train_dataloader'][name]
    for name, size in (('mat', 1), ('image', 1), ('seg_image', 3)):
        config['train_dataloader'][name] |= {
            'batch_size': size,
            'sampler': {'type': 'EpochSampler'},
            'batch_sampler': {'type': 'StepBatchSampler', 'crop_size': SIZE},
        }
    return dump(config, tmp_path / 'config.py')


def test_every_pass_gets_a_sheet_and_a_video(run, config, tmp_path):
    out = tmp_path / 'out'
    for _ in range(2):  # what is there is replaced
        done = run('browse_data', config, '--out', out, '--samples', 2, '--cell', 32)
        assert done.status == 0, done.err
    names = ['image', 'mat', 'seg_image', 'test_dataloader.0', 'val_dataloader']
    assert sorted(path.name for path in out.iterdir()) == sorted(
        f'{name}{end}' for name in names for end in ('.png', '.mp4')
    )
    assert 'WARN' not in done.err
    assert all(cv2.imread(str(out / f'{name}.png')).std() > 5 for name in names)
    with open_reader(out / 'mat.mp4') as reader:
        assert len(reader) == 2 * 3
    with open_reader(out / 'seg_image.mp4') as reader:
        assert len(reader) == 2 * 10  # a still is shown for a second
    lines = [line for line in done.out.splitlines() if line.startswith('train_dataloader.mat: ')]
    assert len(lines) == 2
    assert 'epoch 0, seed 0' in lines[0]
    assert 'crop_fgr (top ' in lines[0]


def test_one_pass_to_one_file_and_other_draws(run, config, tmp_path):
    sheets = []
    for number, options in enumerate(([], [], ['--epoch', 1], ['--seed', 1], ['--start', 1])):
        file = tmp_path / f'{number}.png'
        done = run('browse_data', config, '--pass', 'mat', '--samples', 1, '--out', file, *options)
        assert done.status == 0, done.err
        assert [line for line in done.out.splitlines() if 'wrote' in line] == [f'wrote {file}']
        sheets.append(file.read_bytes())
    assert sheets[0] == sheets[1]
    assert len(set(sheets)) == 4


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (['--out', 'sheet.png'], ['5 passes', '--pass']),
        (['--out', 'sheet.gif'], ['sheet.gif', '.png']),
        (['--pass', 'low'], ['--pass low', 'train_dataloader.mat']),
        (['--pass', 'mat', '--start', '9999'], ['--start', 'samples 0 to']),
        (['--samples', '0'], ['--samples must be 1 or more']),
        (['--pass', 'mat', '--data-root', '/nowhere'], ['/nowhere', 'does not exist']),
    ],
)
def test_what_cannot_be_shown(run, config, options, words):
    assert_one_line(run('browse_data', config, *options), *words)


def test_a_config_without_data(run, tmp_path):
    (tmp_path / 'config.py').write_text('model = 1\n')
    assert_one_line(run('browse_data', tmp_path / 'config.py'), 'no train_dataloader')


@pytest.mark.parametrize(
    ('name', 'words'),
    [('sheet.jpg', ['8x65501', '.png']), ('sheet.png', ['cannot encode .png'])],
)
def test_a_sheet_that_cannot_be_encoded(run, config, tmp_path, monkeypatch, name, words):
    sheet = np.zeros((65501, 8, 3), np.uint8)
    monkeypatch.setattr('tools.browse_data.draw_sheet', lambda *_: sheet)
    monkeypatch.setattr('cv2.imencode', lambda *_: (False, None))
    out = tmp_path / 'out' / name
    done = run('browse_data', config, '--pass', 'mat', '--samples', 1, '--out', out)
    assert done.status == 2
    assert 'Traceback' not in done.err
    assert all(word in done.err for word in [str(out), *words])
    assert list((tmp_path / 'out').glob('*')) == []
