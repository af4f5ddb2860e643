import os
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import pytest
import torch

from rvm.io import open_reader
from rvm.models.builder import base_config_path
from tests.conftest import ROOT
from tests.test_inference.media import gradient_video, index_first, read_png, write_images
from tests.test_inference.stubs import worker_threads
from tests.test_io.media_factory import truncate
from tests.test_io.writer_media import make_images
from tests.test_tools.conftest import assert_one_line

TOOL = str(ROOT / 'tools' / 'inference.py')


@pytest.fixture(scope='module')
def clip(tmp_path_factory) -> Path:
    return gradient_video(tmp_path_factory.mktemp('clip') / 'clip.mp4', num=6)


def _count(path: Path) -> int:
    with open_reader(path) as reader:
        return sum(1 for _ in reader)


def _config(folder: Path, config: dict) -> Path:
    path = folder / 'network.py'
    path.write_text(f'model = {config!r}\n')
    return path


def test_a_video_and_what_is_said_of_it(run, clip, tiny_weights, tmp_path):
    outputs = {
        '--alpha': tmp_path / 'a.mp4',
        '--foreground': tmp_path / 'f',
        '--composite': tmp_path / 'c.webm',
    }
    flat = [str(part) for pair in outputs.items() for part in pair]
    done = run('inference', clip, '--weights', tiny_weights, *flat, '--device', 'cpu')
    assert done.status == 0
    first, *rest = done.out.splitlines()
    assert first.startswith('6 frames in ')
    for stage in ('decode', 'network', 'encode'):
        assert f'{stage} ' in first
    assert rest == [f'wrote {path}' for path in outputs.values()]
    assert '6/6' in done.err
    assert 'frame/s' in done.err
    assert [_count(path) for path in outputs.values()] == [6, 6, 6]
    assert sorted(tmp_path.iterdir()) == sorted(outputs.values())


def test_the_options_arrive(run, tiny_config, tiny_weights, tmp_path, monkeypatch):
    seen = {}

    def spy(self, network, *args):
        seen['args'] = args
        original(self, network, *args)

    import tools.inference

    original = tools.inference.Matter.__init__
    monkeypatch.setattr(tools.inference.Matter, '__init__', spy)
    images = write_images(tmp_path / 'in', make_images('rgb', 3))
    out = tmp_path / 'c.mp4'
    done = run(
        'inference', images, '--weights', tiny_weights, '--composite', out, '--config',
        _config(tmp_path, tiny_config), '--background', '#00b140', '--downsample-ratio', '0.5',
        '--chunk', 2, '--device', 'cpu', '--precision', 'bfloat16', '--scene-threshold', '0.3',
        '--frame-rate', '24000/1001', '--codec', 'h265', '--crf', 30,
    )  # fmt: skip
    assert done.status == 0, done.err
    assert seen['args'] == ('0.5', 2, 'cpu', torch.bfloat16, 0.3)
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == 'hevc'
        assert stream.average_rate == Fraction(24000, 1001)


def test_a_still(run, tiny_weights, tmp_path):
    source = write_images(tmp_path / 'in', make_images('rgb', 1)) / 'f1.png'
    out = tmp_path / 'out.png'
    assert run('inference', source, '--weights', tiny_weights, '--composite', out).status == 0
    assert read_png(out).shape == (48, 64, 4)


def test_a_folder_of_videos(run, clip, tiny_weights, tmp_path):
    folder, out = tmp_path / 'clips', tmp_path / 'out'
    folder.mkdir()
    for name in ('a1.mp4', 'a2.mp4'):
        (folder / name).write_bytes(clip.read_bytes())
    (folder / 'a10.mp4').write_text('no video')
    args = ('inference', folder, '--weights', tiny_weights, '--alpha', out)
    done = run(*args)
    assert done.status == 1
    first, second = done.out.splitlines()
    assert first == '2 done, 0 skipped (done before), 1 failed, 0 kept in part only'
    assert second.startswith(f'failed: {folder / "a10.mp4"}: ')
    assert 'a2.mp4 (2 of 3)' in done.err
    assert sorted(path.name for path in out.iterdir()) == ['a1.mp4', 'a2.mp4']
    assert run(*args).out.startswith('0 done, 2 skipped (done before), 1 failed')
    (folder / 'a10.mp4').unlink()
    done = run(*args)
    assert (done.status, done.err) == (0, '')
    assert run(*args, '--overwrite').out.startswith('2 done, 0 skipped')
    assert run(*args, '--suffix', 'png').out.startswith('2 done, 0 skipped')
    assert (out / 'a1' / '0005.png').is_file()


def test_a_damaged_video_is_status_1_and_said(run, tiny_weights, tmp_path):
    whole = gradient_video(tmp_path / 'whole.mp4', num=40)
    cut = truncate(index_first(whole, tmp_path / 'first.mp4'), tmp_path / 'cut.mp4', 0.8)
    args = ('inference', cut, '--weights', tiny_weights, '--alpha', tmp_path / 'a.mp4')
    assert_one_line(run(*args), 'cut.mp4', 'frame 20 of 40')
    assert not (tmp_path / 'a.mp4').exists()
    done = run(*args, '--on-error', 'stop')
    assert done.status == 1
    assert 'damaged: ' in done.out
    assert 0 < _count(tmp_path / 'a.mp4') < 40
    folder = tmp_path / 'clips'
    folder.mkdir()
    cut.rename(folder / 'cut.mp4')
    args = ('inference', folder, '--weights', tiny_weights, '--alpha', tmp_path / 'out')
    for counts in ('1 done, 0 skipped (done before)', '0 done, 1 skipped (done before)'):
        done = run(*args, '--on-error', 'stop')
        assert done.status == 1
        assert done.out.startswith(f'{counts}, 0 failed, 1 kept in part only')
        assert 'damaged: ' in done.out
        assert 'frame 20 of 40' in done.out


def test_wrong_inputs_are_one_line(run, clip, tiny_weights, tmp_path, caplog):
    (tmp_path / 'text.mp4').write_text('no video')
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'weights.pth').write_text('no weights')
    out = ('--alpha', tmp_path / 'out' / 'a.mp4')
    refused = [
        ((tmp_path / 'missing.mp4', *out), 'there is no file or folder', 'missing.mp4'),
        ((tmp_path / 'text.mp4', *out), 'text.mp4', 'cannot be opened as a video'),
        ((tmp_path / 'empty', *out), 'empty holds no images'),
        ((clip, *out, '--downsample-ratio', '0'), 'downsample_ratio', "'0'"),
        ((clip, *out, '--downsample-ratio', '2'), 'downsample_ratio', "'2'"),
        ((clip, *out, '--downsample-ratio', 'half'), 'downsample_ratio', "'half'"),
        ((clip, *out, '--downsample-ratio', '0.001'), '0.001 leaves nothing of a source of 64x48'),
        ((clip, *out, '--chunk', '0'), 'chunk', 'from 1 on'),
        ((clip, *out, '--device', 'gpu'), 'device', "'gpu'"),
        ((clip, *out, '--scene-threshold', '7'), 'scene_threshold'),
        ((clip, *out, '--crf', '99'), 'crf=99'),
        ((clip, '--alpha', tmp_path / 'out', '--crf', '20'), 'crf=20: this is for videos'),
        ((clip, *out, '--frame-rate', '0'), 'frame_rate', 'got 0'),
        ((clip.parent, '--alpha', tmp_path / 'out', '--suffix', 'avi'), "'avi'"),
        ((clip, *out, '--codec', 'vp9'), 'a.mp4', "'vp9'"),
        ((clip, *out, '--frame-rate', '30'), 'clip.mp4 is a video with its own time stamps'),
        ((clip, *out, '--background', 'green'), 'no composite output'),
        ((clip, '--composite', tmp_path / 'c.mp4'), 'c.mp4', 'holds no transparency'),
        ((clip, '--composite', tmp_path / 'c.mp4', '--background', 'gren'), "'gren' is neither"),
        ((clip,), 'nothing to do'),
        ((clip, '--alpha', clip), 'clip.mp4 would be written over'),
        ((clip, *out, '--overwrite'), '--suffix and --overwrite are for folders of videos'),
        ((clip.parent, *out, '--frame-rate', '30'), '--frame-rate is for images'),
    ]
    for args, *words in refused:
        assert_one_line(run('inference', *args, '--weights', tiny_weights), *words)
    for name, *words in [
        ('missing.pth', 'there is no weights file', 'missing.pth'),
        ('weights.pth', 'weights.pth', 'not a weights file'),
    ]:
        assert_one_line(run('inference', clip, *out, '--weights', tmp_path / name), *words)
    assert caplog.messages == []
    assert not (tmp_path / 'out').exists() or list((tmp_path / 'out').iterdir()) == []
    assert worker_threads() == []


def test_networks_that_do_not_fit_are_one_line(
    run, clip, tiny_config, tiny_weights, published_files, tmp_path
):
    other = dict(tiny_config, aspp={'type': 'LRASPP', 'out_channels': 24})
    fitless = _config(tmp_path, other)
    mbv3, out = published_files['mobilenetv3'], ('--alpha', tmp_path / 'a.mp4')
    r50 = base_config_path('rvm_r50.py')
    for weights, config, *words in [
        (
            mbv3,
            r50,
            'rvm_mobilenetv3.pth',
            'of a mobilenetv3_large_100 network',
            'resnet50',
            'rvm_mbv3.py',
        ),
        (tiny_weights, fitless, 'tiny.pth', 'does not fit', 'aspp'),
        (mbv3, fitless, 'rvm_mobilenetv3.pth', 'another backbone'),
        (tiny_weights, tmp_path / 'missing.py', 'there is no config file', 'missing.py'),
    ]:
        done = run('inference', clip, *out, '--weights', weights, '--config', config)
        assert_one_line(done, *words)
    assert not (tmp_path / 'a.mp4').exists()


@pytest.mark.parametrize(
    'option', [('--frame-rate', '1/0'), ('--frame-rate', 'x'), ('--chunk', 'x')]
)
def test_what_argparse_refuses_is_status_2(run, clip, tiny_weights, option):
    done = run('inference', clip, '--weights', tiny_weights, '--alpha', 'a.mp4', *option)
    assert done.status == 2
    assert f'argument {option[0]}: invalid' in done.err.splitlines()[-1]


def test_a_refusal_of_the_real_command_is_one_line(tmp_path):
    command = [sys.executable, TOOL, str(tmp_path / 'no.mp4'), '--weights', 'no.pth']
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, '')
    assert done.stderr == f'error: there is no file or folder {tmp_path / "no.mp4"}\n'
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('sent', [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_of_the_real_command_leaves_the_old_output(tiny_weights, tmp_path, sent):
    source = gradient_video(tmp_path / 'long.mp4', images=make_images('rgb', 10) * 150)
    out = tmp_path / 'out'
    out.mkdir()
    (out / 'a.mp4').write_bytes(b'old')
    command = [sys.executable, TOOL, str(source), '--weights', str(tiny_weights)]
    command += ['--alpha', str(out / 'a.mp4'), '--composite', str(out / 'c.mov')]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, 'OMP_NUM_THREADS': '1'}
    ) as tool:
        end = time.monotonic() + 60
        while sum(path.stat().st_size for path in out.glob('.c.*')) < 1000:
            assert time.monotonic() < end
            assert tool.poll() is None
            time.sleep(0.02)
        tool.send_signal(sent)
        _, err = tool.communicate(timeout=30)
    assert tool.returncode == 128 + sent
    assert 'Traceback' not in err
    assert err.splitlines()[-1] == 'interrupted; unfinished outputs were removed'
    assert [path.name for path in out.iterdir()] == ['a.mp4']
    assert (out / 'a.mp4').read_bytes() == b'old'
