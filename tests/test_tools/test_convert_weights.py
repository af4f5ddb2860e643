import pytest
import torch

from rvm.models import network_from_weights
from tests.golden_weights import golden_state
from tests.test_tools.conftest import assert_one_line


def test_published_to_ours_and_back(run, published_files, tmp_path):
    published, ours, back = published_files['mobilenetv3'], tmp_path / 'o.pth', tmp_path / 'b.pth'
    done = run('convert_weights', published, ours)
    true = golden_state('mobilenetv3')
    assert done.status == 0
    assert done.out.splitlines() == [
        f'{published} (published): {len(true)} tensors',
        f"wrote {ours} in the layout 'ours'",
    ]
    assert not network_from_weights(ours).training
    done = run('convert_weights', ours, back, '--to', 'published')
    assert done.status == 0
    assert f'{ours} (ours): ' in done.out
    found = torch.load(back, weights_only=True)
    assert list(found) == list(true)
    assert all(torch.equal(found[key], true[key]) for key in true)


def test_ours_of_any_network_stays_ours(run, tiny_weights, tmp_path):
    assert run('convert_weights', tiny_weights, tmp_path / 'new' / 'copy.pth').status == 0
    files = tiny_weights, tmp_path / 'new' / 'copy.pth'
    a, b = (network_from_weights(file).state_dict() for file in files)
    assert list(a) == list(b)
    assert all(torch.equal(a[key], b[key]) for key in a)


def test_what_cannot_be_converted_is_one_line_and_leaves_the_old_file(run, tmp_path):
    old = tmp_path / 'out.pth'
    old.write_bytes(b'old')
    (tmp_path / 'text.pth').write_text('no weights')
    (tmp_path / 'text.onnx').write_text('no weights')
    torch.save({'model': {'weight': torch.zeros(3)}}, tmp_path / 'other.pth')
    for name, *words in [
        ('missing.pth', 'there is no weights file', 'missing.pth'),
        ('text.pth', 'text.pth', 'not a weights file'),
        ('text.onnx', 'text.onnx'),
        ('other.pth', 'other.pth', 'neither a published checkpoint nor weights of this library'),
    ]:
        assert_one_line(run('convert_weights', tmp_path / name, old), *words)
    assert old.read_bytes() == b'old'
    assert len(list(tmp_path.iterdir())) == 4


def test_an_own_backbone_has_no_published_layout(run, tiny_weights, tmp_path):
    done = run('convert_weights', tiny_weights, tmp_path / 'out.pth', '--to', 'published')
    assert_one_line(done, 'published')
    assert list(tmp_path.iterdir()) == []


def test_bare_weights_of_another_backbone_have_no_published_layout(run, tiny_network, tmp_path):
    bare = tmp_path / 'bare.pth'
    torch.save(tiny_network.state_dict(), bare)
    done = run('convert_weights', bare, tmp_path / 'out.pth', '--to', 'published')
    assert_one_line(done, 'bare.pth', 'published layout')
    assert list(tmp_path.iterdir()) == [bare]


@pytest.mark.parametrize('name', ['out.onnx', 'out', 'out.pt'])
def test_other_suffixes_are_refused(run, tiny_weights, tmp_path, name):
    done = run('convert_weights', tiny_weights, tmp_path / name)
    assert_one_line(done, name, '.pth')
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_layout_is_refused(run, tiny_weights, tmp_path):
    done = run('convert_weights', tiny_weights, tmp_path / 'out.pth', '--to', 'onnx')
    assert done.status == 2
    assert '--to' in done.err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.published
def test_the_published_onnx_file(run, published_onnx, tmp_path):
    done = run('convert_weights', published_onnx, tmp_path / 'o.pth')
    assert done.status == 0
    assert 'without project_seg.weight and project_seg.bias' in done.out
