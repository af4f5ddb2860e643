"""The sheets on tiny data, and what docs/augmentation.md shows works."""

import re
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from mmengine.config import Config

from rvm.datasets import SampleKey
from rvm.registry import DATASETS
from tests.conftest import ROOT
from tests.test_tools.conftest import assert_one_line

SNIPPETS = re.findall(
    r'```python\n(.*?)```',
    (ROOT / 'docs' / 'augmentation.md').read_text(encoding='utf-8'),
    re.DOTALL,
)


@pytest.fixture(scope='module', autouse=True)
def _in_small():
    """As a script, with pictures of 96 pixels instead of 512; the user's cache is left alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / 'tools')
        patch.setenv('RVM_CACHE_DIR', '')
        # mmengine collects garbage after every index, 0.2 s each
        patch.setattr('mmengine.dataset.base_dataset.gc', SimpleNamespace(collect=lambda: 0))
        from augmentations import cells, geometry, scene

        for module in (scene, cells, geometry):
            patch.setattr(module, 'SIDE', 96)
        patch.setattr(cells, 'CELL', 48)
        patch.setattr(geometry, 'TIME_CELL', 48)
        yield


@pytest.fixture(scope='module')
def scenes(demo_root: Path, _in_small):
    """The scenes of the tool."""
    from tools.show_augmentations import make_scenes

    return make_scenes(demo_root)


def test_all_sheets_are_written(run, demo_root, tmp_path):
    done = run('show_augmentations', tmp_path, '--data-root', demo_root, '--columns', 4)
    assert done.status == 0
    lines = done.out.splitlines()
    rows = {
        family: sum(line.startswith(f'{family}: ') for line in lines)
        for family in ('motion', 'framing', 'colour', 'grain', 'focus', 'time')
    }
    assert rows == {'motion': 9, 'framing': 8, 'colour': 8, 'grain': 6, 'focus': 6, 'time': 13}
    for family, count in rows.items():
        file = tmp_path / f'augmentation_{family}.jpg'
        assert f'wrote {file} ({file.stat().st_size / 1000:.0f} kB)' in lines
        assert file.stat().st_size < 250_000
        assert cv2.imread(str(file)).shape[0] > count * 48
    assert len(lines) == sum(rows.values()) + len(rows)
    by_both = [line for line in lines if 'rop, on' not in line and 'same with grain' not in line]
    differences = re.findall(r'difference ([\d., ]+) of', '\n'.join(by_both))
    assert len(differences) == 10 + 1 + 4 + 1 + 3
    largest = max(float(value) for group in differences for value in group.split(', '))
    assert 0 < largest < 1


def test_the_ends_of_the_ranges_of_the_configs_are_drawn(scenes):
    from augmentations import effects, geometry

    rows = list(geometry.framing(scenes, 2))
    labels = [[label for _, label in cells] for _, cells in rows]
    assert labels[0] == [
        *('rotation -10', 'rotation 10', 'shift_x -0.1', 'shift_x 0.1'),
        *('shift_y -0.1', 'shift_y 0.1', 'shear -5', 'shear 5'),
    ]
    assert labels[2][:3] == ['fgr scale 0.5', 'fgr scale 1', 'bgr scale 1.5']
    assert labels[3][::7] == ['rotation -20', 'shear 10']
    pose = '(rotation 10, shift_x 0.1, shift_y 0.1, scale 1.1, shear 5)'
    assert pose in list(geometry.motion(scenes, 2))[1][0]
    grains = [title for title, _ in effects.grain(scenes, 2)]
    assert 'size 1, mono, strength fgr 0.2, bgr 0.2' in grains[1]
    assert 'size 4, colour, strength fgr 0.05, bgr 0.05' in grains[4]
    jitter = [label for _, label in list(effects.colour(scenes, 4))[-2][1]]
    assert jitter[::7] == ['brightness 0.70', 'hue 0.15']


def test_pictures_are_those_of_the_draws(scenes):
    from augmentations.scene import HALF, HIGH, LOW, NO, YES, curve

    scene = scenes['still']
    plain = scene.show([])
    left, right = (
        scene.show(['pose'], [HALF, place, HALF, HIGH, HALF], [HALF, HALF, HALF, LOW, HALF])
        for place in (LOW, HIGH)
    )
    columns = np.arange(96)
    centres = [np.average(columns, weights=shown.matte[0].sum(0)) for shown in (left, plain, right)]
    assert centres[0] + 3 < centres[1] < centres[2] - 3
    np.testing.assert_array_equal(scene.show(['flip'], YES, NO).matte, plain.matte[:, :, ::-1])
    grey = scene.show(['greyscale'], YES).src
    assert np.ptp(grey, axis=-1).max() == 0 < np.ptp(plain.src, axis=-1).max()
    red = scene.show(['blur'], YES, [HIGH, HIGH], *curve('linear'), NO, NO)
    assert (red.matte == 255).sum() < (plain.matte == 255).sum()
    held = scenes['moving'].show(['pause'], YES, LOW, HIGH, frames=4)
    assert (held.src == held.src[0]).all()
    assert held.numbers['fgr'] == [0] * 4


def test_an_answer_too_many_is_noticed(scenes):
    with pytest.raises(AssertionError, match='left the answers'):
        scenes['still'].show(['greyscale'], 0.0, 0.0)


def test_a_row_needs_frames(run, tmp_path):
    assert_one_line(run('show_augmentations', tmp_path, '--columns', 1), '--columns', '2 or more')


def test_every_snippet_is_run():
    assert len(SNIPPETS) == 3


@pytest.fixture
def build(demo_root, tmp_path, monkeypatch):
    """Build the data set of a snippet, for small pictures."""
    monkeypatch.setenv('RVM_DATA_ROOT', str(demo_root))

    def build(part: str):
        (text,) = [snippet for snippet in SNIPPETS if part in snippet]
        file = tmp_path / 'config.py'
        file.write_text(text.replace("'configs/", f"'{ROOT}/configs/"), encoding='utf-8')
        config = Config.fromfile(file).train_dataloader.mat_low.dataset
        config.num_frames = 3
        config.pipeline.fit.size = config.pipeline.crop.size = 48
        return DATASETS.build(config)

    return build


def test_steps_are_changed_by_their_keys(build):
    dataset = build('blur=None')
    assert 'BlurDrift' not in [type(step).__name__ for step in dataset.transforms]
    drawn = [dataset.draw(SampleKey(0, draw))['drawn'] for draw in range(40)]
    motions = [d['motion_fgr'] for d in drawn if d['motion_fgr']]
    assert 14 < len(motions) < 34
    assert 10 < max(abs(motion['from']['rotation']) for motion in motions) < 20
    assert min(d['pose_fgr']['scale'] for d in drawn) > 0.8


def test_a_step_of_albumentations(build):
    dataset = build('Albumentations')
    names = [type(step).__name__ for step in dataset.transforms]
    assert names.index('Greyscale') + 1 == names.index('Albumentations')
    assert {'albumentations_fgr'} == {
        name for name in dataset.draw(0)['drawn'] if name.startswith('albumentations')
    }
    assert dataset[0]['fgr_pha'].shape == (3, 4, 48, 48)


def test_who_does_the_work(build):
    dataset = build("crop='warp'")
    sample = dataset[SampleKey(0, 0, crop=(30, 40))]
    assert sample['fgr_pha'].shape == (3, 4, 30, 40)
    assert sample['view'].tolist() == [48, 30, 40]
    assert 'fgr_effects' not in sample
