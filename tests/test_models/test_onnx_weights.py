import logging

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper

from rvm.errors import WeightsError
from rvm.models import build_network, load_weights, network_from_weights
from rvm.models.builder import base_config_path
from rvm.models.published_weights import published_names
from rvm.models.weights_file import read_weights
from tests.conftest import CONFIGS
from tests.golden_weights import BACKBONES

SEGMENTATION_HEAD = ['project_seg.weight', 'project_seg.bias']


def _session(path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # its waiting threads would spin on torch's cores
    return onnxruntime.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])


def _run(session, src, state, ratio):
    """Run one frame; state is a list of four arrays, [1, 1, 1, 1] of zeros at the start."""
    feed = {f'r{k}i': r for k, r in enumerate(state, start=1)}
    ratio = np.array([ratio], np.float32)
    fgr, pha, *state = session.run(None, {'src': src, 'downsample_ratio': ratio, **feed})
    return fgr, pha, state


def _worst(tensors, arrays) -> float:
    pairs = list(zip(tensors, arrays, strict=True))
    assert all(a.shape == b.shape for a, b in pairs)
    return max(float(np.abs(a.numpy() - b).max()) for a, b in pairs)


@pytest.mark.parametrize('backbone', BACKBONES)
@torch.no_grad()
def test_the_emitted_file_computes_what_the_network_does(backbone, onnx_files, golden_network):
    """The emitter is worth something only if this holds; it knows nothing of our code."""
    session = _session(onnx_files(backbone))
    arrays, state = [np.zeros((1, 1, 1, 1), np.float32)] * 4, None
    for src in torch.rand(2, 1, 3, 97, 131, generator=torch.Generator().manual_seed(0)):
        fgr, pha, state = golden_network(backbone, 'deep')(src, state, 0.5)
        expected_fgr, expected_pha, arrays = _run(session, src.numpy(), arrays, 0.5)
        assert _worst((fgr, pha, *state), (expected_fgr, expected_pha, *arrays)) <= 1e-4


@pytest.mark.published
def test_the_emitted_graph_is_the_published_one(emitted, published_onnx):
    ours, theirs = emitted('mobilenetv3')[0].graph, onnx.load(published_onnx).graph

    def steps(graph):
        return [
            (node.op_type, len(node.input), sorted(a.name for a in node.attribute))
            for node in graph.node
            if node.op_type != 'Constant'
        ]

    def tensors(graph):
        return [
            (i.name, tuple(i.dims)) for i in graph.initializer if not i.name.isdecimal()
        ], sorted(tuple(i.dims) for i in graph.initializer)

    assert steps(ours) == steps(theirs)
    assert sorted(tensors(ours)[0]) == sorted(tensors(theirs)[0])
    assert tensors(ours)[1] == tensors(theirs)[1]


@pytest.mark.parametrize('backbone', BACKBONES)
def test_the_values_of_the_file_are_read_exactly(backbone, emitted, onnx_read):
    weights = onnx_read(backbone)
    assert weights.kind == 'onnx'
    assert weights.absent == SEGMENTATION_HEAD
    network = build_network(weights.config)
    names = published_names(network.state_dict())
    assert set(weights.state) == set(names) - set(SEGMENTATION_HEAD)
    _, values = emitted(backbone)
    compared = set()
    for name, tensor in weights.state.items():
        if names[name] in values:
            np.testing.assert_array_equal(tensor.numpy(), values[names[name]], err_msg=name)
            compared.add(names[name])
    assert compared == set(values)
    # what the file does not hold is what makes a batch norm an identity
    left = {name.rsplit('.', 1)[1] for name in weights.state if names[name] not in values}
    assert left == {'weight', 'running_mean', 'running_var', 'num_batches_tracked'}
    network.load_state_dict(weights.state, strict=False)
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert len(norms) == sum(name.endswith('running_mean') for name in weights.state)
    for norm in norms:
        assert (norm.weight == 1).all()
        assert (norm.running_mean == 0).all()
        assert (norm.running_var + norm.eps - 1).abs().max() < 1e-7


def test_loading_names_the_missing_head(onnx_files, golden_network, caplog):
    network = build_network(base_config_path(CONFIGS['mobilenetv3']))
    head = {key: network.state_dict()[key].clone() for key in SEGMENTATION_HEAD}
    with caplog.at_level(logging.WARNING, 'rvm'):
        assert load_weights(network, onnx_files('mobilenetv3')) == SEGMENTATION_HEAD
    assert 'rvm_mobilenetv3_fp32.onnx' in caplog.text
    assert 'project_seg.weight and project_seg.bias' in caplog.text
    for key, value in head.items():
        assert torch.equal(network.state_dict()[key], value)
    src = torch.rand(1, 2, 3, 64, 96)
    with torch.no_grad():
        _, pha, _ = network.eval()(src, None, 0.5)
        _, expected, _ = golden_network('mobilenetv3', 'deep')(src, None, 0.5)
    torch.testing.assert_close(pha, expected, atol=1e-4, rtol=0)


def _refused(model: onnx.ModelProto, tmp_path, match: str) -> None:
    path = tmp_path / 'changed.onnx'
    onnx.save(model, path)
    with pytest.raises(WeightsError, match=match) as caught:
        read_weights(path)
    assert 'changed.onnx' in str(caught.value)


def _convolution(model: onnx.ModelProto, number: int) -> onnx.NodeProto:
    """Return one of the convolutions whose weight has lost its name."""
    nodes = [n for n in model.graph.node if n.op_type == 'Conv' and n.input[1].isdecimal()]
    return nodes[number]


def _initializer(model: onnx.ModelProto, name: str) -> onnx.TensorProto:
    return next(i for i in model.graph.initializer if i.name == name)


def test_two_convolutions_of_equal_shape_in_another_order_are_refused(emitted, tmp_path):
    """ResNet50's first shortcut and the convolution beside it have one shape and no order."""
    model, _ = emitted('resnet50')
    third, shortcut = _convolution(model, 3), _convolution(model, 4)
    shapes = [list(_initializer(model, n.input[1]).dims) for n in (third, shortcut)]
    assert shapes[0] == shapes[1] == [256, 64, 1, 1]
    nodes = list(model.graph.node)
    a, b = nodes.index(third), nodes.index(shortcut)
    nodes[a], nodes[b] = nodes[b], nodes[a]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    _refused(model, tmp_path, r'differs from the matched network')


def test_order_and_numbers_of_the_tensors_mean_nothing(emitted, onnx_read, tmp_path):
    model, _ = emitted('mobilenetv3')
    reverse = list(reversed(model.graph.initializer))
    number = {i.name: f'w{k}' for k, i in enumerate(reverse) if i.name.isdecimal()}
    for tensor in reverse:
        tensor.name = number.get(tensor.name, tensor.name)
    for node in model.graph.node:
        for k, name in enumerate(node.input):
            node.input[k] = number.get(name, name)
    del model.graph.initializer[:]
    model.graph.initializer.extend(reverse)
    onnx.save(model, tmp_path / 'renumbered.onnx')
    state = read_weights(tmp_path / 'renumbered.onnx').state
    expected = onnx_read('mobilenetv3').state
    assert set(state) == set(expected)
    assert all(torch.equal(state[key], expected[key]) for key in state)


@pytest.mark.parametrize('attribute', ['strides', 'dilations', 'pads', 'group'])
def test_a_changed_attribute_is_refused(attribute, emitted, tmp_path):
    model, _ = emitted('mobilenetv3')
    found = next(a for a in _convolution(model, 4).attribute if a.name == attribute)
    if attribute == 'group':
        found.i = 8
    else:
        found.ints[:] = [value + 1 for value in found.ints]
    _refused(model, tmp_path, rf'blocks\.1\.0\.conv_dw the graph has {attribute}')


def test_a_changed_attribute_of_a_named_convolution_is_refused(emitted, tmp_path):
    model, _ = emitted('mobilenetv3')
    node = next(n for n in model.graph.node if 'decoder.decode3.gru.hh.0.weight' in n.input)
    for attribute in node.attribute:
        if attribute.name in ('dilations', 'pads'):
            attribute.ints[:] = [2 * value for value in attribute.ints]
    _refused(model, tmp_path, 'differs from the matched network')


@pytest.mark.parametrize('value', [0.485, 1.0])
def test_a_changed_constant_is_refused(value, emitted, tmp_path):
    """The normalisation's first mean, and the 1 of the first GRU's 1 - z."""
    model, _ = emitted('mobilenetv3')
    for node in model.graph.node:
        if node.op_type == 'Constant':
            array = numpy_helper.to_array(node.attribute[0].t)
            is_the_one = array.shape == () if value == 1.0 else array.shape == (3, 1, 1)
            if is_the_one and np.isclose(array.flat[0], value):
                array = array.copy()
                array.flat[0] += 0.01
                node.attribute[0].t.CopyFrom(numpy_helper.from_array(array))
                break
    else:
        pytest.fail('the constant is not in the graph')
    _refused(model, tmp_path, 'differs from the matched network')


def test_a_changed_activation_is_refused(emitted, tmp_path):
    model, _ = emitted('mobilenetv3')
    node = next(n for n in model.graph.node if n.op_type == 'Relu')
    node.op_type = 'Sigmoid'
    _refused(model, tmp_path, 'differs from the matched network')


def test_an_extra_tensor_is_refused(emitted, tmp_path):
    model, _ = emitted('mobilenetv3')
    extra = numpy_helper.from_array(np.zeros((3, 5), np.float32), 'stowaway')
    model.graph.initializer.append(extra)
    _refused(model, tmp_path, 'no place for .*stowaway')


@pytest.mark.parametrize('position', [1, 2])
def test_a_missing_tensor_is_refused(position, emitted, tmp_path):
    model, _ = emitted('mobilenetv3')
    name = _convolution(model, 7).input[position]
    model.graph.initializer.remove(_initializer(model, name))
    _refused(model, tmp_path, f'a convolution reads {name}, which the file lacks')


def test_a_convolution_without_bias_is_refused(emitted, tmp_path):
    model, _ = emitted('mobilenetv3')
    node = _convolution(model, 7)
    model.graph.initializer.remove(_initializer(model, node.input.pop()))
    _refused(model, tmp_path, 'has no bias')


def test_a_missing_convolution_is_refused(emitted, tmp_path):
    model, _ = emitted('mobilenetv3')
    model.graph.node.remove(_convolution(model, 7))
    _refused(model, tmp_path, r'53 convolutions have lost their names.* 54 ')


def test_a_convolution_before_its_input_is_refused(emitted, tmp_path):
    model, _ = emitted('mobilenetv3')
    nodes = list(model.graph.node)
    a, b = nodes.index(_convolution(model, 4)), nodes.index(_convolution(model, 7))
    nodes[a], nodes[b] = nodes[b], nodes[a]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    _refused(model, tmp_path, 'changed')


def test_a_wrong_shape_is_refused(emitted, tmp_path):
    model, _ = emitted('mobilenetv3')
    tensor = _initializer(model, 'decoder.decode2.gru.ih.0.weight')
    tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor)[:, :-1], tensor.name))
    _refused(model, tmp_path, r'decode2\.gru\.ih\.0\.weight should be \(40, 40, 3, 3\)')


def test_half_precision_is_refused(emitted, tmp_path):
    model, _ = emitted('mobilenetv3')
    for tensor in model.graph.initializer:
        half = numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(half, tensor.name))
    _refused(model, tmp_path, 'half-precision files are not read')


@pytest.mark.parametrize('content', [b'this is no network\n', b''], ids=['text', 'empty'])
def test_a_file_of_something_else_is_refused(content, tmp_path):
    path = tmp_path / 'notes.onnx'
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r'notes\.onnx: not'):
        read_weights(path)


def test_another_onnx_network_is_refused(tmp_path):
    node = onnx.helper.make_node('Relu', ['x'], ['y'])
    x, y = (onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in 'xy')
    model = onnx.helper.make_model(onnx.helper.make_graph([node], 'other', [x], [y]))
    _refused(model, tmp_path, 'not the ONNX file of a published matting network')


@pytest.mark.published
@pytest.mark.parametrize('ratio', [0.25, 0.4, 0.5])
@torch.no_grad()
def test_the_published_file_against_onnxruntime(ratio, published_onnx, published_network):
    session = _session(published_onnx)
    arrays, state = [np.zeros((1, 1, 1, 1), np.float32)] * 4, None
    worst = []
    for src in _moving_frames(60, 108, 192):
        fgr, pha, state = published_network(src, state, ratio)
        expected_fgr, expected_pha, arrays = _run(session, src.numpy(), arrays, ratio)
        worst.append(_worst((fgr, pha, *state), (expected_fgr, expected_pha, *arrays)))
    assert max(worst) <= 1e-4


@pytest.fixture(scope='module')
def published_network(published_onnx):
    return network_from_weights(published_onnx)


def _moving_frames(count: int, height: int, width: int):
    """Yield frames [1, 3, H, W]: a bright figure that walks over a textured ground."""
    ground = torch.rand(1, 3, height // 8, width // 8, generator=torch.Generator().manual_seed(1))
    ground = torch.nn.functional.interpolate(ground, (height, width), mode='bicubic').clamp(0, 1)
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing='ij')
    for t in range(count):
        center = width * (0.2 + 0.6 * t / count)
        head = (x - center) ** 2 + (y - 0.3 * height) ** 2 < (0.12 * height) ** 2
        body = ((x - center).abs() < 0.15 * height) & (y > 0.42 * height)
        skin = torch.tensor([0.9, 0.7, 0.6]).view(1, 3, 1, 1)
        yield torch.where(head | body, skin, 0.6 * ground + 0.1)
