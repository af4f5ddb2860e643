from fractions import Fraction

import cv2
import numpy as np
import pytest

from rvm.errors import UserError
from rvm.inference.contact_sheet import LABEL_HEIGHT, MARGIN, contact_sheet, save_contact_sheet
from rvm.io import MediaInfo, open_writer


def test_pictures_stand_in_their_cells():
    red = np.full((20, 40, 3), (255, 0, 0), np.uint8)
    blue = np.full((20, 40, 3), (0, 0, 255), np.uint8)
    sheet = contact_sheet({'a': [red, blue], 'b': [blue, red]}, ['0', '1'], cell_width=40)
    assert sheet.shape == (LABEL_HEIGHT + 2 * (20 + MARGIN), 84 + 2 * (40 + MARGIN), 3)
    top, left = LABEL_HEIGHT, 84
    assert (sheet[top : top + 20, left : left + 40] == red).all()
    assert (sheet[top : top + 20, left + 46 : left + 86] == blue).all()
    assert (sheet[top + 26 : top + 46, left : left + 40] == blue).all()
    assert (sheet[:LABEL_HEIGHT] < 255).any()  # the titles


def _write(folder, values) -> str:
    info = MediaInfo('test', 32, 24, len(values), Fraction(10), Fraction(1, 10))
    with open_writer(folder, info, channels='gray') as writer:
        for number, value in enumerate(values):
            writer.write(np.full((24, 32), value, np.uint8), Fraction(number, 10))
    return folder


def test_first_and_last_frames_are_shown(tmp_path):
    source = _write(tmp_path / 'frames', [10 * number for number in range(20)])
    target = tmp_path / 'sheet.png'
    save_contact_sheet({'source': source}, target, num_rows=3, cell_width=32)
    sheet = cv2.imread(str(target))
    middles = [sheet[LABEL_HEIGHT + row * 30 + 12, 84 + 16, 0] for row in range(3)]
    assert middles == [0, 100, 190]


def test_a_single_frame_makes_a_single_row(tmp_path):
    source = _write(tmp_path / 'frames', [50])
    save_contact_sheet({'source': source}, tmp_path / 'sheet.png', cell_width=32)
    assert cv2.imread(str(tmp_path / 'sheet.png')).shape[0] == LABEL_HEIGHT + 24 + MARGIN


def test_columns_of_different_lengths_are_refused(tmp_path):
    a, b = _write(tmp_path / 'a', [1, 2]), _write(tmp_path / 'b', [1, 2, 3])
    with pytest.raises(UserError, match='different numbers of frames'):
        save_contact_sheet({'a': a, 'b': b}, tmp_path / 'sheet.png')
    assert not (tmp_path / 'sheet.png').exists()
