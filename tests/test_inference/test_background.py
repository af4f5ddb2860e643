import threading
from fractions import Fraction

import numpy as np
import pytest

from rvm.errors import MediaError, UserError
from rvm.inference.background import Background
from tests.test_inference.media import gradient_video, index_first, write_images
from tests.test_inference.stubs import worker_threads
from tests.test_io.media_factory import remux_from, truncate, write_video


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    yield
    assert worker_threads() == []


LEVELS = [10, 60, 110, 160, 210]


def _flat(level: int) -> np.ndarray:
    return np.full((48, 64, 3), level, np.uint8)


@pytest.fixture(scope='module')
def flat_video(tmp_path_factory):
    """Five grey frames, 10 a second."""
    path = tmp_path_factory.mktemp('background') / 'flat.mp4'
    return gradient_video(path, images=[_flat(level) for level in LEVELS], rate=10)


def _shown(background: Background, times) -> list[int]:
    """Return which frame of `flat_video` is shown at each time."""
    found = [int(background.at(Fraction(time)).mean()) for time in times]
    return [int(np.argmin(np.abs(np.array(LEVELS) - level))) for level in found]


@pytest.mark.parametrize(
    ('spec', 'color'),
    [
        ('green', (0, 128, 0)),
        ('#00b140', (0, 177, 64)),
        ('#fff', (255, 255, 255)),
        ('0,177,64', (0, 177, 64)),
        (' 0, 177 ,64', (0, 177, 64)),
        ('rgb(1, 2, 3)', (1, 2, 3)),
    ],
)
def test_colours(spec, color):
    background = Background(spec, 4, 6)
    assert background.is_still
    image = background.at(Fraction(7))
    assert (image.shape, image.dtype) == ((4, 6, 3), np.uint8)
    assert (image == color).all()
    background.close()


@pytest.mark.parametrize('spec', ['gren', '0,177', '0,177,256', '1,2,3,4', '-1,2,3', 'no/such.png'])
def test_what_is_neither_colour_nor_file_is_refused(spec):
    with pytest.raises(UserError, match='neither a file nor a colour') as caught:
        Background(spec, 4, 6)
    assert repr(spec) in str(caught.value)
    assert '\n' not in str(caught.value)


def test_a_file_that_is_no_picture_is_refused_by_name(tmp_path):
    (tmp_path / 'notes.txt').write_text('hello')
    with pytest.raises(UserError, match=r'notes\.txt'):
        Background(tmp_path / 'notes.txt', 4, 6)


def test_an_image_covers_the_frame_and_is_cropped_at_the_centre(tmp_path):
    image = np.zeros((20, 80, 3), np.uint8)
    image[:, :30] = (255, 0, 0)
    image[:, 50:] = (0, 0, 255)
    image[:, 30:50] = (0, 255, 0)
    folder = write_images(tmp_path / 'one', [image])
    same = Background(folder / 'f1.png', 20, 80)
    assert same.is_still
    assert np.array_equal(same.at(Fraction(0)), image)
    centre = Background(folder / 'f1.png', 20, 20).at(Fraction(0))
    assert (centre == (0, 255, 0)).all()
    larger = Background(folder / 'f1.png', 40, 60).at(Fraction(0))
    assert larger.shape == (40, 60, 3)
    assert (larger[:, 12:48] == (0, 255, 0)).all()
    assert (larger[:, :8] == (255, 0, 0)).all()
    assert (larger[:, 52:] == (0, 0, 255)).all()
    smaller = Background(folder / 'f1.png', 10, 10).at(Fraction(0))
    assert (smaller == (0, 255, 0)).all()
    odd = Background(folder / 'f1.png', 7, 29).at(Fraction(0))
    assert odd.shape == (7, 29, 3)


def test_a_video_runs_at_its_own_rate_and_starts_again(flat_video):
    background = Background(flat_video, 24, 32)
    assert not background.is_still
    assert background.at(Fraction(0)).shape == (24, 32, 3)
    times = [0, '1/25', '1/10', '19/100', '2/5', '49/100', '1/2', '59/100', '4/5', 1, '31/20']
    assert _shown(background, times) == [0, 0, 1, 1, 4, 4, 0, 0, 3, 0, 0]
    background.close()


def test_skipped_frames_are_stepped_over(flat_video):
    background = Background(flat_video, 48, 64)
    assert _shown(background, ['3/10', '93/10', '94/10']) == [3, 3, 4]
    background.close()


def test_a_video_that_does_not_begin_at_zero_begins_with_its_first_frame(flat_video, tmp_path):
    path = write_video(tmp_path / 'keys.mp4', 25, rate=10)
    late = remux_from(path, tmp_path / 'late.mkv', 10)
    background = Background(late, 48, 64)
    first, second = background.at(Fraction(0)), background.at(Fraction(1, 10))
    assert not np.array_equal(first, second)
    background.close()


def test_a_folder_of_images_is_a_video_and_of_one_a_still(tmp_path):
    folder = write_images(tmp_path / 'many', [_flat(level) for level in LEVELS])
    background = Background(folder, 48, 64)  # 30 a second
    assert _shown(background, [0, '1/30', '2/30', '5/30', '6/30']) == [0, 1, 2, 0, 1]
    background.close()
    assert Background(write_images(tmp_path / 'one', [_flat(7)]), 48, 64).is_still


def test_a_video_of_one_frame_is_a_still(tmp_path):
    path = gradient_video(tmp_path / 'one.mp4', images=[_flat(110)])
    background = Background(path, 48, 64)
    assert background.is_still
    assert _shown(background, [0, 5]) == [2, 2]


def test_a_video_is_decoded_and_scaled_in_a_thread(flat_video, monkeypatch):
    names = []
    original = Background._fit

    def spy(self, image):
        names.append(threading.current_thread().name)
        return original(self, image)

    monkeypatch.setattr(Background, '_fit', spy)
    background = Background(flat_video, 24, 32)
    assert _shown(background, [0, '1/10', '7/10']) == [0, 1, 2]
    background.close()
    background.close()
    assert len(names) >= 8
    assert set(names) == {'prefetch'}


def test_a_video_that_is_cut_off_is_refused_by_name(tmp_path):
    whole = gradient_video(tmp_path / 'whole.mp4', num=40)
    cut = truncate(index_first(whole, tmp_path / 'first.mp4'), tmp_path / 'cut.mp4', 0.8)
    with pytest.raises(MediaError, match=r'^background: .*cut\.mp4: the file ends after') as caught:
        Background(cut, 24, 32)
    assert '\n' not in str(caught.value)
