import dataclasses
import sys
from fractions import Fraction

import numpy as np
import pytest

from rvm.io.backend import choose_backend, decord_misreads, decord_objection
from rvm.io.video_index import probe
from tests.test_io.media_factory import X264_CLOSED, X264_OPEN, write_video


@pytest.mark.parametrize(
    ('options', 'reason'),
    [
        ({'pixel_format': 'yuv420p', 'options': X264_CLOSED}, 'pixel format yuv420p'),
        ({'options': X264_OPEN}, 'an open group of pictures'),
        ({'rotation': 90}, 'a rotation'),
        ({'codec': 'ffv1'}, 'codec ffv1'),
        ({'options': X264_CLOSED}, None),
    ],
)
def test_backend_for_random_access(tmp_path, options, reason):
    options = {'pixel_format': 'yuv444p', **options}
    suffix = 'mkv' if options.get('codec') == 'ffv1' else 'mp4'
    index = probe(write_video(tmp_path / f'x.{suffix}', 30, **options))
    assert decord_objection(index) == reason
    assert choose_backend(index, 'random') == ('pyav' if reason else 'decord')
    assert choose_backend(index, 'sequential') == 'pyav'


def test_decord_is_not_chosen_for_other_reasons(tmp_path):
    def reason(name, **options):
        return decord_misreads(
            probe(write_video(tmp_path / name, 20, options=X264_CLOSED, **options))
        )

    tick = Fraction(1, 600)
    stamps = [20 * n + 7 * (n > 4) for n in range(20)]
    assert reason('variable.mp4', stamps=stamps, time_base=tick) == 'a variable rate'
    assert reason('raw.h264', container_format='h264') == 'no time stamps'
    hidden = {'avoid_negative_ts': 'disabled'}
    early = [number - 5 for number in range(20)]
    assert reason('edit.mp4', stamps=early, container_options=hidden) == 'an edit list'
    assert reason('plain.mp4') is None


def test_decord_is_not_chosen_where_it_is_absent(tmp_path, monkeypatch):
    path = write_video(tmp_path / 'x.mp4', 3, options=X264_CLOSED, pixel_format='yuv444p')
    index = probe(path)
    assert choose_backend(index, 'random') == 'decord'
    monkeypatch.setitem(sys.modules, 'decord', None)
    assert choose_backend(index, 'random') == 'pyav'


def test_decord_is_not_chosen_for_equal_stamps(tmp_path):
    index = probe(write_video(tmp_path / 'x.mp4', 20, options=X264_CLOSED))
    assert decord_misreads(index) is None
    twin = np.sort(np.append(index.pts[1:], index.pts[3]))
    assert decord_misreads(dataclasses.replace(index, pts=twin)) == 'equal time stamps'
