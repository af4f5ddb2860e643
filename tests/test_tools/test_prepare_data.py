"""The tool: what it says, and that it can be killed at any time and started again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from PIL import Image

from rvm.datasets import prepare
from tests.conftest import ROOT
from tests.test_datasets.footage import picture, save_video
from tests.test_datasets.test_prepare.raw import (
    coco,
    names,
    pack,
    pairs,
    supervisely,
    tree,
    videomatte,
    youtubevis,
)
from tests.test_tools.conftest import assert_one_line

CLIPS, FRAMES = 12, 40


def test_it_says_what_it_did_and_again_that_it_is_done(run, tmp_path):
    raw = videomatte(tmp_path / 'raw')
    done = run('prepare_data', 'videomatte', raw, tmp_path / 'out', '--workers', 2)
    assert done.status == 0
    lines = done.out.splitlines()
    assert [line.split(' (')[0] for line in lines[:-1]] == [
        'test/fgr: 2 made, 3 linked',
        'test/pha: 2 made, 3 linked',
        'train/fgr: 2 made, 4 linked',
        'train/pha: 2 made, 4 linked',
        'valid/fgr: 4 made, 8 linked',
        'valid/pha: 4 made, 8 linked',
    ]
    assert lines[-1] == f'wrote {tmp_path / "out"}'
    before = tree(tmp_path / 'out')
    again = run('prepare_data', 'videomatte', raw, tmp_path / 'out', '--workers', 1)
    assert again.out.startswith('test/fgr: 2 kept (')
    assert tree(tmp_path / 'out') == before


@pytest.mark.parametrize('mode', ['link', 'symlink'])
def test_a_dry_run_of_each_source_writes_nothing_and_a_run_does(run, tmp_path, mode):
    raw = tmp_path / 'raw'
    fgr, pha = pairs(raw / 'd646', {'a.jpg': 'a.png'})
    commands = {
        'videomatte': (videomatte(raw / 'vm'), tmp_path / 'vm', '--quality', 98),
        'imagematte': (tmp_path / 'im', '--d646', fgr, pha),
        'backgrounds': (fgr, pha.parent / 'GT', tmp_path / 'bg', '--skip-faulty'),
        'background-videos': (raw / 'vm/train/fgr', tmp_path / 'bv', '--frames', 2),
        'coco': (*coco(raw / 'coco'), tmp_path / 'coco'),
        'youtubevis': (youtubevis(raw / 'vis'), tmp_path / 'vis'),
        'supervisely': (supervisely(raw / 'sv'), tmp_path / 'sv', '--chroma', '420'),
    }
    before = tree(raw)
    for source, args in commands.items():
        options = ('--workers', 1, '--mode', mode)
        out = next(arg for arg in args if Path(arg).parent == tmp_path)
        dry = run('prepare_data', source, *args, *options, '--dry-run')
        assert 'to make' in dry.out
        assert f'would write {out}' in dry.out
        assert not out.exists()
        if source != 'backgrounds':  # its two folders hold one name twice
            assert dry.status == 0
        done = run('prepare_data', source, *args, *options)
        assert (done.status, f'wrote {out}' in done.out) == (0, True)
        assert names(out)
        links = sum(path.is_symlink() for path in out.rglob('*'))
        assert (links > 0) == (mode == 'symlink' and source != 'coco')
    assert tree(raw) == before


def test_faults_of_the_plan_stop_it_before_it_writes(run, tmp_path):
    fgr, pha = pairs(tmp_path / 'raw', {'a.jpg': 'a.png', 'b.jpg': 'c.png'})
    (tmp_path / 'list.txt').write_text('a.jpg\nb.jpg\nx.jpg\ny.jpg\n')
    args = (
        'imagematte',
        tmp_path / 'out',
        '--aim',
        fgr,
        pha,
        '--train-list',
        tmp_path / 'list.txt',
    )
    args = (*args, '--workers', 1)
    done = run('prepare_data', *args)
    assert (done.status, done.out) == (2, '')
    assert done.err.splitlines() == [
        f'fault: 2 of 4 names of {tmp_path}/list.txt are not in the input: x.jpg, y.jpg',
        f'fault: {fgr}/b.jpg (Adobe) has no alpha of its name',
        'error: 2 fault(s) in the input, named above; nothing was written; mend them, or leave out '
        'what they name by --skip-faulty',
    ]
    assert not (tmp_path / 'out').exists()
    done = run('prepare_data', *args, '--skip-faulty')
    assert done.status == 0
    assert done.err.count('fault: ') == 2
    assert names(tmp_path / 'out') == ['train/fgr/a.jpg', 'train/pha/a.png']


def test_faults_met_on_the_way_are_named_at_the_end(run, tmp_path):
    fgr, _ = pairs(tmp_path / 'raw', {'a.jpg': 'a.png', 'b.jpg': 'b.png'})
    (fgr / 'c.jpg').write_bytes(b'no image')
    done = run('prepare_data', 'backgrounds', fgr, tmp_path / 'out', '--workers', 1)
    assert done.status == 2
    assert f'fault: {fgr}/c.jpg cannot be decoded' in done.err
    assert 'all else is done' in done.err
    assert names(tmp_path / 'out') == ['train/a.jpg', 'train/b.jpg']


def test_what_lies_beside_is_said(run, tmp_path):
    raw = videomatte(tmp_path / 'raw')
    run('prepare_data', 'videomatte', raw, tmp_path / 'out', '--workers', 1)
    (tmp_path / 'out/valid/fgr/0000').rename(tmp_path / 'out/train/fgr/0777')
    done = run('prepare_data', 'videomatte', raw, tmp_path / 'out', '--workers', 1)
    assert '1 entries of ' in done.out
    assert done.out.splitlines()[-2].endswith('are not of this input: train/fgr/0777')


def test_wrong_arguments_are_one_line(run, tmp_path):
    raw = videomatte(tmp_path / 'raw')
    out = tmp_path / 'out'
    assert_one_line(run('prepare_data', 'videomatte', tmp_path / 'no', out), 'there is no file')
    assert_one_line(run('prepare_data', 'videomatte', raw, out, '--workers', 0), '--workers is 0')
    assert_one_line(run('prepare_data', 'videomatte', raw, raw / 'x'), 'is inside the input')
    done = run('prepare_data', 'backgrounds', raw / 'test/fgr/0000', out, '--max-side', 9)
    assert done.status == 0
    done = run('prepare_data', 'backgrounds', raw / 'test/fgr/0000', out, '--max-side', 8)
    assert_one_line(done, str(out), 'max_side = 9, and now it is 8')
    assert_one_line(run('prepare_data', 'coco', raw, tmp_path / 'c'), 'there is no train2017/*.jpg')


@pytest.fixture(scope='module')
def clips(tmp_path_factory) -> Path:
    """Videos that take a second or two to extract."""
    folder = tmp_path_factory.mktemp('clips')
    frames = [picture(5 * number, (240, 320)) for number in range(FRAMES)]
    save_video(folder / '0.mp4', frames, preset='ultrafast')
    for number in range(1, CLIPS):
        os.link(folder / '0.mp4', folder / f'{number}.mp4')
    return folder


@pytest.fixture(scope='module')
def untouched(clips, tmp_path_factory) -> dict[str, bytes]:
    """What a run that nobody disturbs makes of them, in one process."""
    out = tmp_path_factory.mktemp('untouched') / 'out'
    plan = prepare.plan_background_videos(clips, out, valid_every=4)
    prepare.write_record(out, 'background-videos', plan)
    prepare.execute(plan.actions, quiet=True)
    return tree(out)


def command(clips: Path, out: Path, workers: int) -> list[str]:
    args = ['background-videos', clips, out, '--workers', workers, '--valid-every', 4]
    return [sys.executable, '-m', 'tools.prepare_data', *map(str, args)]


@pytest.mark.parametrize(
    ('after', 'workers', 'how', 'archive'),
    [(1, 1, 'KILL', False), (4, 2, 'KILL', True), (2, 2, 'TERM', False)],
)
def test_killed_half_way_and_started_again_it_ends_with_the_same_tree(
    run, clips, untouched, tmp_path, after, workers, how, archive
):
    source = pack(clips, tmp_path / 'x.tar') if archive else clips
    out = tmp_path / 'out'
    process = subprocess.Popen(
        command(source, out, workers), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    while sum(not p.name.startswith('.') for p in out.glob('*/*')) < after:
        assert process.poll() is None
        time.sleep(0.002)
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(getattr(signal, f'SIG{how}'))
    _, err = process.communicate(timeout=60)  # workers hold the pipe: they end, too
    assert process.returncode == (-9 if how == 'KILL' else 143)
    psutil.wait_procs(family, timeout=10)
    assert not any(child.is_running() for child in family)  # no worker waits for ever
    assert len(family) == (workers if workers > 1 else 0)
    whole = [path for path in out.glob('*/*') if not path.name.startswith('.')]
    assert after <= len(whole) < CLIPS
    for folder in whole:  # what looks finished is
        assert len(list(folder.iterdir())) == FRAMES
    if how == 'TERM':
        assert b'interrupted' in err
        assert b'Traceback' not in err
        assert not list(out.glob('*/.*'))
    assert run('prepare_data', *command(source, out, 2)[3:]).status == 0
    assert tree(out) == untouched


@pytest.mark.parametrize('source', ['coco', 'youtubevis'])
def test_annotated_sets_are_never_made_without_some_of_their_files(run, tmp_path, source):
    raw = tmp_path / 'raw'
    inputs = coco(raw) if source == 'coco' else [youtubevis(raw)]
    inputs = inputs if isinstance(inputs, list | tuple) else [inputs]
    result = run('prepare_data', source, *inputs, tmp_path / 'out', '--skip-faulty')
    assert result.status == 2
    assert '--skip-faulty' in result.err
    assert not (tmp_path / 'out').exists()


def test_an_output_that_cannot_be_made_is_no_success(run, tmp_path):
    raw = videomatte(tmp_path / 'raw')
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'train').write_text('a file where a folder should be')
    result = run('prepare_data', 'videomatte', raw, tmp_path / 'out', '--skip-faulty')
    assert result.status == 2
    assert 'out/train' in result.err


def test_other_splits_than_before_are_refused(run, tmp_path):
    raw = tmp_path / 'stills'
    raw.mkdir()
    for number in range(6):
        picture_file(raw / f'{number}.png', number)
    out = tmp_path / 'out'
    assert run('prepare_data', 'backgrounds', raw, out, '--valid-every', 2).status == 0
    before = tree(out)
    result = run('prepare_data', 'backgrounds', raw, out, '--valid-every', 3)
    assert result.status == 2
    assert 'valid_every' in result.err
    assert tree(out) == before


def picture_file(path: Path, value: int) -> None:
    Image.new('RGB', (8, 6), (40 * value, 10, 10)).save(path)
