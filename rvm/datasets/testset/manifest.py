"""The manifest of a test set: how it was made, from what, and the hash of every file."""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import av
import cv2
import numpy as np
import PIL

import rvm
from rvm.errors import DataError

MANIFEST = 'manifest.json'
"""Beside the clips of a data set: readers of clips look at folders alone."""
KIND = 'rvm test set'
VERSION = 1
"""Of the recipe and of this file: other numbers, other pictures."""
LIBRARIES = {
    'rvm': rvm.__version__,
    'av': av.__version__,
    'ffmpeg': av.ffmpeg_version_info,
    'numpy': np.__version__,
    'opencv': cv2.__version__,
    'pillow': PIL.__version__,
    'simplejpeg': version('simplejpeg'),
}
"""On whose versions the bytes may depend; PyAV decodes videos with an FFmpeg of its own."""


def make_manifest(parameters: dict, samples: list[dict], files: dict[str, str]) -> dict:
    """Return a manifest; it holds nothing of the time or the machine, so that equal sets are equal.

    Args:
        parameters: What was asked for.
        samples: Sources and drawn values of each clip.
        files: Path below the folder -> SHA-256, hexadecimal.
    """
    return {
        'kind': KIND,
        'version': VERSION,
        'libraries': LIBRARIES,
        'parameters': parameters,
        'samples': samples,
        'files': files,
    }


def write_manifest(folder: Path, manifest: dict) -> None:
    """Write it into a folder that is being made."""
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + '\n'
    (folder / MANIFEST).write_text(text, encoding='utf-8')


def read_manifest(folder: Path) -> dict:
    """Return the manifest of a data set's folder.

    Raises:
        DataError: There is none, it is damaged, or it is of another version.
    """
    file = folder / MANIFEST
    try:
        manifest = json.loads(file.read_text(encoding='utf-8'))
    except FileNotFoundError as error:
        raise DataError(
            f'{folder} has no {MANIFEST}: it was not made by tools/make_testset.py, or lost it'
        ) from error
    except OSError as error:
        raise DataError(f'{file} cannot be read ({error.strerror})') from error
    except ValueError as error:
        raise DataError(f'{file} is damaged; make the set again') from error
    if not isinstance(manifest, dict) or manifest.get('kind') != KIND:
        raise DataError(f'{file} is no manifest of a test set')
    if manifest.get('version') != VERSION:
        raise DataError(
            f'{file} has version {manifest.get("version")!r}, and this is version {VERSION}; use '
            'the release that made it'
        )
    files = manifest.get('files')
    if not isinstance(files, dict) or not all(isinstance(value, str) for value in files.values()):
        raise DataError(f'{file} is damaged: it names no files; make the set again')
    return manifest


def digest(data: bytes) -> str:
    """Return the SHA-256 of a file's content, hexadecimal."""
    return hashlib.sha256(data).hexdigest()
