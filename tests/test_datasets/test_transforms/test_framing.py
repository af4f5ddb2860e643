"""Fit, crop, flip."""

import numpy as np
import pytest

from rvm.datasets.transforms import CropResize, FitShortSide, Flip
from rvm.errors import ConfigError
from tests.test_datasets.clips import fresh_results


@pytest.mark.parametrize(
    ('size', 'limit', 'expected'),
    [((1080, 1920), 512, (512, 910)), ((432, 768), 512, (432, 768)), ((900, 600), 300, (450, 300))],
)
def test_only_what_is_too_large_is_reduced(size, limit, expected):
    results = FitShortSide(limit)(fresh_results(2, 0, {'fgr': size}))
    stream = results['streams']['fgr']
    assert stream.size == expected
    corner = stream.matrices[0] @ np.array([size[1] - 0.5, size[0] - 0.5, 1])
    np.testing.assert_allclose(corner[:2], np.array(expected)[::-1] - 0.5, atol=1e-9)


def test_the_largest_window_of_a_drawn_ratio_at_a_drawn_place():
    transform = CropResize(32, ratio=(0.9, 1.1))
    drawn = [
        transform(fresh_results(1, seed, {'fgr': (432, 768)}))['drawn']['crop_fgr']
        for seed in range(2000)
    ]
    heights = {d['height'] for d in drawn}
    assert heights == {432}  # as high as the canvas: the largest that fits
    ratios = np.sort([d['width'] / 432 for d in drawn])
    expected = np.exp(np.linspace(np.log(0.9), np.log(1.1), len(ratios)))
    assert np.abs(ratios - expected).max() < 0.02
    places = np.sort([d['left'] / (768 - d['width']) for d in drawn])
    assert np.abs(places - np.linspace(0, 1, len(places))).max() < 1.95 / np.sqrt(len(places))


def test_a_portrait_canvas_limits_the_width():
    for seed in range(50):
        drawn = CropResize(32)(fresh_results(1, seed, {'fgr': (700, 400)}))['drawn']['crop_fgr']
        assert drawn['width'] in (399, 400)
        assert drawn['left'] + drawn['width'] <= 400
        assert drawn['top'] + drawn['height'] <= 700


def test_a_window_of_drawn_area():
    transform = CropResize(32, ratio=(0.7, 1.3), area=(0.5, 1))
    shares = []
    for seed in range(2000):
        drawn = transform(fresh_results(1, seed, {'src': (480, 640)}))['drawn']['crop_src']
        shares.append(drawn['width'] * drawn['height'] / (480 * 640))
        ratio = drawn['width'] / drawn['height']
        assert 0.69 < ratio < 1.31
        assert drawn['top'] + drawn['height'] <= 480
        assert drawn['left'] + drawn['width'] <= 640
    shares = np.array(shares)
    assert shares.min() >= 0.49
    # Half of the windows up to 7/10 of the area fit at any ratio; larger ones are cut to fit.
    small = shares[shares < 0.6]
    assert len(small) / len(shares) > 0.18
    assert shares.max() > 0.9


def test_streams_are_cropped_on_their_own():
    results = CropResize(32)(fresh_results(2))
    assert results['drawn']['crop_fgr'] != results['drawn']['crop_bgr']
    assert {stream.size for stream in results['streams'].values()} == {(32, 32)}


def test_the_centre_window_is_in_the_middle():
    drawn = CropResize(32, ratio=(1, 1), centre=True)(fresh_results(1))['drawn']['crop_fgr']
    assert drawn == {'top': 0, 'left': 8, 'height': 48, 'width': 48}


def test_the_window_becomes_the_whole_picture():
    results = CropResize(32)(fresh_results(1, 3))
    drawn, stream = results['drawn']['crop_fgr'], results['streams']['fgr']
    corners = np.array([[-0.5, -0.5, 1], [drawn['width'] - 0.5, drawn['height'] - 0.5, 1]])
    corners[:, :2] += (drawn['left'], drawn['top'])
    mapped = corners @ stream.matrices[0].T
    np.testing.assert_allclose(mapped[:, :2], [[-0.5, -0.5], [31.5, 31.5]], atol=1e-9)


def test_a_wrong_ratio_is_refused():
    with pytest.raises(ConfigError, match='rising'):
        CropResize(32, ratio=(1.1, 0.9))


def test_half_of_the_clips_are_mirrored_each_stream_on_its_own():
    drawn = [Flip(0.5)(fresh_results(1, seed))['drawn'] for seed in range(1000)]
    flips = np.array([[d['flip_fgr'], d['flip_bgr']] for d in drawn])
    assert flips.mean(0) == pytest.approx([0.5, 0.5], abs=0.065)
    assert abs(np.corrcoef(flips.T.astype(float))[0, 1]) < 0.13


def test_a_flip_mirrors_to_the_bit():
    results = fresh_results(3)
    before = results['streams']['fgr'].render()
    after = Flip(1.0)(results)['streams']['fgr'].render()
    assert np.array_equal(after, before[:, :, ::-1])
