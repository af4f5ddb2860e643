import pytest

from rvm.datasets.prepare import execute, plan_videomatte
from rvm.datasets.prepare.videomatte import VALID_CLIPS
from rvm.errors import DataError
from rvm.io import read_image
from tests.test_datasets.footage import matte, picture, save, save_video
from tests.test_datasets.test_prepare.raw import TRAIN_CLIPS, names, pack, tree, videomatte


@pytest.mark.parametrize('suffix', ['', '.tar', '.zip', '.tar.gz'])
def test_four_clips_of_train_go_to_valid(tmp_path, suffix):
    raw = videomatte(tmp_path / 'raw')
    before = tree(raw)
    source = pack(raw, tmp_path / f'x{suffix}', 'VideoMatte240K_JPEG_SD') if suffix else raw
    plan = plan_videomatte(source, tmp_path / 'out')
    assert (plan.faults, plan.notes) == ([], [])
    outcome = execute(plan.actions, 2, quiet=True)
    assert outcome.faults == []
    assert {label: counts['made'] for label, counts in outcome.counts.items()} == {
        f'{split}/{stream}': count
        for split, count in (('train', 2), ('valid', 4), ('test', 2))
        for stream in ('fgr', 'pha')
    }
    expected = {}
    for name, data in before.items():
        split, _, rest = name.partition('/')
        clip = rest.split('/')[1:2]
        if name.endswith('.jpg') and '._' not in name:
            goal = 'valid' if split == 'train' and clip[0] in VALID_CLIPS else split
            expected[f'{goal}/{rest}'] = data
    assert tree(tmp_path / 'out') == dict(sorted(expected.items()))
    assert len(expected) == 2 * (sum(TRAIN_CLIPS.values()) + 3)
    assert tree(raw) == before


def videos(root, name, count=3):
    save_video(root / 'train' / 'fgr' / f'{name}.mp4', [picture(20 * n) for n in range(count)])
    save_video(root / 'train' / 'pha' / f'{name}.mp4', [matte(20 * n) for n in range(count)])


def test_videos_are_linked_or_extracted(tmp_path):
    for name in ('0000', '0001'):
        videos(tmp_path / 'raw', name)
    plan = plan_videomatte(tmp_path / 'raw', tmp_path / 'linked')
    assert plan.notes == ['of the validation clips, 0100, 0200, 0300 are not in train']
    execute(plan.actions, quiet=True)
    assert names(tmp_path / 'linked') == [
        f'{split}/{stream}/{name}.mp4'
        for split, name in (('train', '0001'), ('valid', '0000'))
        for stream in ('fgr', 'pha')
    ]
    plan = plan_videomatte(tmp_path / 'raw', tmp_path / 'out', extract_frames=True)
    assert plan.settings['quality'] == 95
    assert execute(plan.actions, quiet=True).counts['valid/pha'] == {
        'made': 1,
        'written': 3,
        'bytes': (tmp_path / 'raw' / 'train' / 'pha' / '0000.mp4').stat().st_size,
    }
    assert len(names(tmp_path / 'out')) == 12
    assert abs(int(read_image(tmp_path / 'out/valid/fgr/0000/0002.jpg')[5, 5, 0]) - 40) < 10


def test_a_video_and_its_alpha_of_other_length_are_named(tmp_path):
    videos(tmp_path / 'raw', '0000')
    save_video(tmp_path / 'raw/train/pha/0000.mp4', [matte(20 * n) for n in range(2)])
    plan = plan_videomatte(tmp_path / 'raw', tmp_path / 'out', extract_frames=True)
    outcome = execute(plan.actions, quiet=True)
    assert len(outcome.faults) == 2
    assert 'pha/0000.mp4 has 2 frames of 32x24 and ' in outcome.faults[1]
    assert names(tmp_path / 'out') == []


def test_what_has_no_other_is_named(tmp_path):
    raw = videomatte(tmp_path / 'raw')
    (raw / 'train/pha/0001/0001.jpg').unlink()
    (raw / 'train/fgr/0100/0000.jpg').write_bytes(b'')
    for file in (raw / 'test/fgr/0001').iterdir():
        file.unlink()
    save(raw / 'train/fgr/0400/0000.jpg', picture(1))
    save_video(raw / 'train/pha/0400.mp4', [matte(1)] * 2)
    save(raw / 'more/0001/0000.jpg', picture(1))
    plan = plan_videomatte(raw, tmp_path / 'out')
    assert plan.notes == [f'more/0001 of {raw} is no clip of fgr or pha: left out']
    assert sorted(plan.faults) == sorted(
        [
            f'{raw}/train/fgr/0100/0000.jpg is empty (0 bytes)',
            f'test/pha/0001 of {raw} has no test/fgr/0001 beside it',
            'train/fgr/0400 and train/pha/0400.mp4: one is a video and one a folder of frames',
            'train/pha/0001 lacks 1 frames that its other has: 0001',
        ]
    )


def test_inputs_of_another_kind_are_refused(tmp_path):
    save(tmp_path / 'raw' / 'a' / 'b.jpg', picture(1))
    with pytest.raises(DataError, match='holds no clip below train/fgr'):
        plan_videomatte(tmp_path / 'raw', tmp_path / 'out')
    with pytest.raises(DataError, match='is inside the input'):
        plan_videomatte(tmp_path / 'raw', tmp_path / 'raw' / 'out')
