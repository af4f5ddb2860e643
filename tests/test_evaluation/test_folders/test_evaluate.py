import json
import shutil
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from rvm.errors import ConfigError, DataError, MediaError, UserError
from rvm.evaluation.folders import evaluate as folders
from rvm.evaluation.folders import evaluate_folders, score_part, versions
from rvm.evaluation.folders.pairing import pair_folders
from rvm.evaluation.folders.video_stream import VideoStream
from rvm.evaluation.scoring import DEFAULT
from tests.test_evaluation.test_folders.sets import CLIPS, drop, make_set, matte, picture, save
from tests.test_io.media_factory import write_video


@pytest.fixture
def true(tmp_path):
    return make_set(tmp_path / 'set')


@pytest.fixture
def pred(tmp_path):
    return make_set(tmp_path / 'model', seed=1, kinds=('pha', 'fgr'))


def plain(results):
    """Return everything that may not depend on how the work was done."""
    data = results.to_dict()
    data.pop('info')
    strips = {clip.clip: clip.strips for clip in results.clips}
    return json.dumps(data), strips


def as_video(folder: Path, suffix='.mkv', codec='ffv1', pixel_format='gray'):
    """Replace a folder of frames by a video without losses."""
    files = sorted(folder.iterdir(), key=lambda path: int(path.stem))
    frames = []
    for file in files:
        image = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
        layout = 'gray' if image.ndim == 2 else 'bgr24'
        frames.append(av.VideoFrame.from_ndarray(image, layout).reformat(format=pixel_format))
    shutil.rmtree(folder)
    return write_video(folder.with_suffix(suffix), frames, codec, pixel_format=pixel_format)


def test_truth_against_itself_is_exactly_0(true):
    results = evaluate_folders(true, true)
    assert list(results.measures) == list(DEFAULT)
    assert set(results.mean().values()) == {0.0}
    assert set(results.mean_over_frames().values()) == {0.0}
    assert {clip.clip: len(clip.frames) for clip in results.clips} == CLIPS
    assert results.notes == []


def test_values_are_those_of_the_frames_in_natural_order(true, pred):
    results = evaluate_folders(pred, true)
    clip = results.clips[1]
    assert clip.frames == [str(number) for number in range(13)]
    expected = [
        1e3 * np.abs(matte(number, 1) / 255 - matte(number) / 255).mean() for number in range(13)
    ]
    np.testing.assert_allclose(clip.values['pha_mad'], expected, rtol=1e-6)
    inside = [matte(number) > 0 for number in range(13)]
    expected = [
        1e3 * ((picture(number, 1) / 255 - picture(number) / 255) ** 2)[inside[number]].mean()
        for number in range(13)
    ]
    np.testing.assert_allclose(clip.values['fgr_mse'], expected, rtol=1e-6)
    steps = [np.zeros_like(matte(0), float)] + [
        (matte(n, 1) / 255.0 - matte(n - 1, 1) / 255.0) - (matte(n) / 255.0 - matte(n - 1) / 255.0)
        for n in range(1, 13)
    ]
    expected = [1e2 * np.sqrt((step**2).mean()) for step in steps]
    np.testing.assert_allclose(clip.values['pha_dtssd'], expected, rtol=1e-6)
    assert results.mean()['pha_mad'] == pytest.approx(
        np.mean([clip.values['pha_mad'].mean() for clip in results.clips])
    )


def test_facts_and_name(true, pred):
    results = evaluate_folders(f'{pred}/', f'{true}/', protocol='high')
    assert (results.name, results.protocol) == ('set', 'high')
    assert results.mean()['pha_conn'] is None
    assert results.info['pred'] == str(pred)
    assert results.info['versions'] == versions()
    assert {'rvm', 'torch', 'numpy', 'opencv'} <= versions().keys()
    assert evaluate_folders(pred, true, name='mine', measures=['pha_mad']).name == 'mine'


def test_workers_and_chunks_change_nothing(true, pred, monkeypatch):
    expected = plain(evaluate_folders(pred, true, strips=2))
    assert [len(strips) for strips in expected[1].values()] == [1, 2]
    for workers in (1, 2):
        assert plain(evaluate_folders(pred, true, strips=2, workers=workers)) == expected
    monkeypatch.setattr(folders, 'CHUNK', 3)
    assert plain(evaluate_folders(pred, true, strips=2))[0] == expected[0]


def test_progress_counts_frames(true, pred):
    calls = []
    evaluate_folders(pred, true, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(0, 18), (5, 18), (15, 18), (18, 18)]


def test_jpeg_truth_and_png_prediction(tmp_path, true):
    other = make_set(tmp_path / 'jpeg', suffix='.jpg')
    results = evaluate_folders(true, other)
    assert 0 < results.mean()['pha_mad'] < 20
    colour = tmp_path / 'colour'
    for file in other.glob('*/*/pha/*.jpg'):
        grey = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        save(colour / file.relative_to(other).with_suffix('.png'), grey)
    for file in other.glob('*/*/fgr/*.jpg'):
        shutil.copytree(file.parent, colour / file.parent.relative_to(other), dirs_exist_ok=True)
    assert set(evaluate_folders(colour, other).mean().values()) == {0.0}


def test_videos_equal_folders(true, pred, monkeypatch):
    expected = plain(evaluate_folders(pred, true, strips=1))
    for clip in CLIPS:
        as_video(pred / clip / 'pha')
        as_video(pred / clip / 'fgr', pixel_format='bgr0')
    as_video(true / 'static/0002/com', pixel_format='bgr0')
    assert plain(evaluate_folders(pred, true, strips=1)) == expected
    monkeypatch.setattr(folders, 'VIDEO_PART', 4)
    assert plain(evaluate_folders(pred, true, strips=1)) == expected


def test_lossless_h264_equals_folders(true, pred):
    expected = plain(evaluate_folders(pred, true, measures=['pha_mad', 'pha_dtssd']))
    for clip in CLIPS:
        folder = pred / clip / 'pha'
        files = sorted(folder.iterdir(), key=lambda path: int(path.stem))
        frames = [
            av.VideoFrame.from_ndarray(cv2.imread(str(file), 0), 'gray').reformat(
                format='yuv420p', dst_color_range='JPEG'
            )
            for file in files
        ]
        shutil.rmtree(folder)
        write_video(
            folder.with_suffix('.mp4'), frames, options={'qp': '0'}, full_range=True, matrix=6
        )
    assert plain(evaluate_folders(pred, true, measures=['pha_mad', 'pha_dtssd'])) == expected


def test_truth_may_be_videos(true, pred):
    expected = evaluate_folders(pred, true).mean()
    for clip in CLIPS:
        as_video(true / clip / 'pha')
    results = evaluate_folders(pred, true)
    assert results.mean() == expected
    assert results.clips[0].frames == ['0000', '0001', '0002', '0003', '0004']


def test_sixteen_bits_on_both_sides(tmp_path, true, pred):
    expected = evaluate_folders(pred, true, strips=1)
    for root in (true, pred):
        for file in root.glob('*/*/pha/*.png'):
            save(file, cv2.imread(str(file), cv2.IMREAD_UNCHANGED).astype(np.uint16) * 257)
    results = evaluate_folders(pred, true, strips=1)
    for name, mean in expected.mean().items():
        assert results.mean()[name] == pytest.approx(mean, rel=1e-5)
    strips = [run.clips[0].strips[0].jpeg for run in (expected, results)]
    assert strips[0] == strips[1]


def test_grey_in_three_channels_is_grey(true, pred):
    expected = plain(evaluate_folders(pred, true))
    for file in pred.glob('motion/*/pha/*.png'):
        save(file, cv2.cvtColor(cv2.imread(str(file), 0), cv2.COLOR_GRAY2BGR))
    assert plain(evaluate_folders(pred, true)) == expected


def test_frames_without_truth_do_not_count(true, pred):
    for number in (2, 4):
        save(true / 'motion/0001/pha' / f'{number}.png', np.zeros_like(matte(0)))
    results = evaluate_folders(pred, true)
    values = results.clips[0].values['fgr_mad']
    np.testing.assert_array_equal(np.isnan(values), [False, False, True, False, True])
    assert results.clips[0].mean('fgr_mad') == pytest.approx(values[[0, 1, 3]].mean())
    assert not np.isnan(results.clips[0].values['pha_conn']).any()
    assert any('2 frames have no true alpha' in note for note in results.notes)


def test_truth_without_foreground_is_said(true, pred):
    drop(true / 'static/0002/fgr')
    results = evaluate_folders(pred, true, measures=['pha_mad', 'fgr_mse'])
    assert results.mean()['fgr_mse'] == results.clips[0].mean('fgr_mse')
    assert any('1 of 2 clips have no foreground: static/0002' in note for note in results.notes)
    drop(true / 'motion/0001/fgr')
    for measures in (None, ['pha_mad', 'fgr_mse']):
        results = evaluate_folders(pred, true, measures=measures)
        assert results.mean()['fgr_mse'] is None
        assert results.notes == ['the truth has no fgr: the foreground is not measured']
    with pytest.raises(DataError, match='has no fgr, which fgr_mse need'):
        evaluate_folders(pred, true, measures=['fgr_mse'])


def test_prediction_without_foreground_is_said(true, pred):
    for clip in CLIPS:
        drop(pred / clip / 'fgr')
    results = evaluate_folders(pred, true)
    assert results.mean()['fgr_mse'] is None
    assert results.mean()['pha_mse'] > 0
    assert results.notes == [
        'the prediction has no fgr, which 2 true clips have: the foreground is not measured'
    ]
    with pytest.raises(DataError, match=r'clips without fgr, .* \(2\): motion/0001, static/0002$'):
        evaluate_folders(pred, true, measures=['pha_mad', 'fgr_mse'])
    assert evaluate_folders(pred, true, measures=['pha_mad']).notes == []


def test_damaged_files_stop_the_work(true, pred):
    file = pred / 'static/0002/pha/7.png'
    data = file.read_bytes()
    file.write_bytes(data[:-30])
    for workers in (0, 1):
        with pytest.raises(MediaError, match=r'7\.png'):
            evaluate_folders(pred, true, workers=workers)


def test_a_picture_in_colours_is_no_matte(true, pred):
    save(pred / 'static/0002/pha/7.png', picture(7))
    with pytest.raises(DataError, match=r'static/0002/pha/7.png is a picture in colours'):
        evaluate_folders(pred, true)


def test_strips_read_only_the_sources_they_show(true, pred, monkeypatch):
    read = []
    load = folders._Shown.__getitem__
    monkeypatch.setattr(
        folders._Shown, '__getitem__', lambda self, n: read.append(n) or load(self, n)
    )
    results = evaluate_folders(pred, true, strips=1)
    assert len(read) == 3  # one for every chunk of ten
    assert all(strip.jpeg[:2] == b'\xff\xd8' for clip in results.clips for strip in clip.strips)
    drop(true / 'motion/0001/com/3.png')
    results = evaluate_folders(pred, true, strips=1)
    assert [len(clip.strips) for clip in results.clips] == [1, 1]
    assert any('lack com' in note and 'motion/0001' in note for note in results.notes)


def damage(path):
    path.write_bytes(path.read_bytes()[:-30])


@pytest.mark.parametrize('as_a_video', [False, True])
def test_a_damaged_source_is_said_where_it_would_be_shown(true, pred, as_a_video, monkeypatch):
    expected = plain(evaluate_folders(pred, true))[0]
    if as_a_video:
        as_video(true / 'static/0002/com', pixel_format='bgr0')
        monkeypatch.setattr(folders, 'VIDEO_PART', 100)
        monkeypatch.setattr(VideoStream, 'thumbnails', broken_after_3)
    else:
        for file in (true / 'static/0002/com').iterdir():
            damage(file)
    for workers in (0,) if as_a_video else (0, 1):
        results = evaluate_folders(pred, true, strips=2, workers=workers)
        assert results.notes == [
            '1 of 2 clips have damaged frames of com: some of their pictures in the report show '
            'no source: static/0002'
        ]
        assert [strip.has_src for strip in results.clips[0].strips] == [True]
        assert not all(strip.has_src for strip in results.clips[1].strips)
        assert len(results.clips[1].strips) == 2
        results.notes = []
        assert plain(results)[0] == expected


def broken_after_3(self, width):
    for _ in range(3):
        yield lambda: picture(0).transpose(2, 0, 1)
    raise MediaError('the video is damaged')


def test_sources_are_read_no_larger_than_they_are_shown(true, monkeypatch):
    monkeypatch.setattr('rvm.evaluation.strips.HEIGHT', 6)
    read, load = [], folders._Shown.__getitem__
    monkeypatch.setattr(
        folders._Shown, '__getitem__', lambda self, n: read.append(load(self, n)) or read[-1]
    )
    evaluate_folders(true, true, strips=1)
    assert {image.shape for image in read} == {(3, 6, 8)}


def test_a_part_needs_one_frame_before_it_alone(true, pred):
    clips, _ = pair_folders(pred, true)
    part = clips[1].part(4, 9)
    (scores,) = score_part(part, 5, 1, DEFAULT, 'low', False)
    whole = score_part(clips[1], 0, 0, DEFAULT, 'low', False)
    assert (scores.start, scores.frames) == (5, ['5', '6', '7', '8'])
    for name, values in whole[0].values.items():
        np.testing.assert_array_equal(scores.values[name], values[5:9])


@pytest.mark.parametrize(
    ('options', 'word'),
    [
        ({'protocol': 'medium'}, 'medium'),
        ({'measures': ['pha_mda']}, 'pha_mda'),
        ({'measures': []}, 'no measure'),
        ({'measures': ['pha_conn'], 'protocol': 'high'}, 'pha_conn'),
    ],
)
def test_wrong_options(true, options, word):
    with pytest.raises(ConfigError, match=word):
        evaluate_folders(true, true, **options)
    with pytest.raises(UserError, match='workers'):
        evaluate_folders(true, true, workers=-1)
