"""Makes ONNX files like the published one, from a state dict in the published layout.

The published file was exported with opset 12 and folds every batch norm into the convolution before
it: those two tensors are renamed to numbers, all others keep their names. Inputs are `src r1i r2i
r3i r4i downsample_ratio`, outputs `fgr pha r1o r2o r3o r4o`. The emitter knows neither our network
nor our names.
"""

from collections.abc import Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

# kernel, channels after the last convolution, gate, hard-swish, stride, dilation of each block
MOBILENETV3_BLOCKS = (
    (3, 16, False, False, 1, 1),
    (3, 24, False, False, 2, 1),
    (3, 24, False, False, 1, 1),
    (5, 40, True, False, 2, 1),
    (5, 40, True, False, 1, 1),
    (5, 40, True, False, 1, 1),
    (3, 80, False, True, 2, 1),
    (3, 80, False, True, 1, 1),
    (3, 80, False, True, 1, 1),
    (3, 80, False, True, 1, 1),
    (3, 112, True, True, 1, 1),
    (3, 112, True, True, 1, 1),
    (5, 160, True, True, 1, 2),
    (5, 160, True, True, 1, 2),
    (5, 160, True, True, 1, 2),
)
RESNET50_LAYERS = ((3, 1), (4, 2), (6, 2), (3, 1))  # blocks and stride of each layer
FIRST_NUMBER = 824


class Emitter:
    """Collects nodes and initializers; every method returns the name of its output."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        self.weights = {name: value.numpy() for name, value in weights.items()}
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, np.ndarray] = {}
        self.folded: dict[str, np.ndarray] = {}
        self.number = FIRST_NUMBER

    def name(self) -> str:
        self.number += 1
        return str(self.number)

    def node(self, op_type: str, *inputs: str, output: str | None = None, **attributes) -> str:
        output = output or self.name()
        self.nodes.append(helper.make_node(op_type, list(inputs), [output], **attributes))
        return output

    def split(self, x: str, sizes: list[int], axis: int = 1) -> list[str]:
        outputs = [self.name() for _ in sizes]
        self.nodes.append(helper.make_node('Split', [x], outputs, axis=axis, split=sizes))
        return outputs

    def constant(self, value: object, dtype: type = np.float32) -> str:
        return self.node('Constant', value=numpy_helper.from_array(np.array(value, dtype)))

    def initializer(self, value: np.ndarray, name: str | None = None) -> str:
        name = name or self.name()
        self.initializers[name] = np.asarray(value, np.float32)
        return name

    def conv(self, x: str, key: str, norm: str = '', *, stride: int = 1, dilation: int = 1) -> str:
        """A convolution with 'same' padding; `norm` names the batch norm to fold into it."""
        weight = self.weights[f'{key}.weight']
        if norm:
            scale, bias = self._fold(norm)
            weight = weight * scale[:, None, None, None]
            self.folded |= {f'{key}.weight': weight, f'{norm}.bias': bias}
            inputs = [self.initializer(weight), self.initializer(bias)]
        else:
            inputs = [self.initializer(weight, f'{key}.weight')]
            if f'{key}.bias' in self.weights:
                inputs.append(self.initializer(self.weights[f'{key}.bias'], f'{key}.bias'))
        # a depthwise weight is the only one with a second side of 1 here
        group = weight.shape[0] if weight.shape[1] == 1 else 1
        return self.node(
            'Conv', x, *inputs, dilations=[dilation] * 2, group=group, strides=[stride] * 2,
            kernel_shape=list(weight.shape[2:]), pads=[dilation * (weight.shape[2] // 2)] * 4,
        )  # fmt: skip

    def _fold(self, norm: str) -> tuple[np.ndarray, np.ndarray]:
        gamma, beta, mean, var = (
            self.weights[f'{norm}.{key}']
            for key in ('weight', 'bias', 'running_mean', 'running_var')
        )
        mobilenet = norm.startswith('backbone.features')
        scale = gamma / np.sqrt(var + np.float32(1e-3 if mobilenet else 1e-5))
        return scale, beta - mean * scale

    def relu(self, x: str) -> str:
        return self.node('Relu', x)

    def hard_sigmoid(self, x: str) -> str:
        return self.node('HardSigmoid', x, alpha=1 / 6)

    def activation(self, x: str, hard_swish: bool) -> str:
        return self.node('Mul', x, self.hard_sigmoid(x)) if hard_swish else self.relu(x)

    def resize(self, x: str, *scales_or_sizes: str) -> str:
        return self.node(
            'Resize', x, self.constant([]), *scales_or_sizes, mode='linear', cubic_coeff_a=-0.75,
            coordinate_transformation_mode='pytorch_half_pixel', nearest_mode='floor',
        )  # fmt: skip

    def shape(self, x: str, start: int, end: int) -> str:
        bounds = [self.constant([value], np.int64) for value in (start, end, 0)]
        return self.node('Slice', self.node('Shape', x), *bounds)

    def mobilenetv3(self, small: str) -> list[str]:
        x = self.node('Sub', small, self.constant(np.reshape([0.485, 0.456, 0.406], (3, 1, 1))))
        x = self.node('Div', x, self.constant(np.reshape([0.229, 0.224, 0.225], (3, 1, 1))))
        root = 'backbone.features'
        x = self.activation(self.conv(x, f'{root}.0.0', f'{root}.0.1', stride=2), True)
        maps, channels = [], 16
        for index, settings in enumerate(MOBILENETV3_BLOCKS, start=1):
            _, out_channels, gate, hard_swish, stride, dilation = settings
            block, layer, skip = f'{root}.{index}.block', 0, x
            if f'{block}.{2 + gate}.0.weight' in self.weights:  # all but the first block expand
                x = self.activation(self.conv(x, f'{block}.0.0', f'{block}.0.1'), hard_swish)
                layer = 1
            key = f'{block}.{layer}'
            x = self.conv(x, f'{key}.0', f'{key}.1', stride=stride, dilation=dilation)
            x = self.activation(x, hard_swish)
            if gate:
                layer += 1
                g = self.conv(self.node('GlobalAveragePool', x), f'{block}.{layer}.fc1')
                g = self.conv(self.relu(g), f'{block}.{layer}.fc2')
                x = self.node('Mul', self.hard_sigmoid(g), x)
            x = self.conv(x, f'{block}.{layer + 1}.0', f'{block}.{layer + 1}.1')
            if stride == 1 and channels == out_channels:
                x = self.node('Add', x, skip)
            channels = out_channels
            if index in (1, 3, 6):
                maps.append(x)
        return [*maps, self.activation(self.conv(x, f'{root}.16.0', f'{root}.16.1'), True)]

    def resnet50(self, x: str) -> list[str]:
        x = self.relu(self.conv(x, 'backbone.conv1', 'backbone.bn1', stride=2))
        maps = [x]
        x = self.node('MaxPool', x, kernel_shape=[3, 3], pads=[1] * 4, strides=[2, 2])
        for index, (blocks, layer_stride) in enumerate(RESNET50_LAYERS, start=1):
            for number in range(blocks):
                block, skip = f'backbone.layer{index}.{number}', x
                stride = layer_stride if number == 0 else 1
                dilation = 2 if index == 4 and number > 0 else 1
                downsample = f'{block}.downsample'
                out = self.relu(self.conv(x, f'{block}.conv1', f'{block}.bn1'))
                out = self.conv(
                    out, f'{block}.conv2', f'{block}.bn2', stride=stride, dilation=dilation
                )
                out = self.conv(self.relu(out), f'{block}.conv3', f'{block}.bn3')
                if number == 0:
                    skip = self.conv(x, f'{downsample}.0', f'{downsample}.1', stride=stride)
                x = self.relu(self.node('Add', out, skip))
            if index != 3:
                maps.append(x)
        return maps

    def gru(self, x: str, k: int, channels: int) -> str:
        key = f'decoder.decode{k}.gru'
        h = self.node('Expand', f'r{k}i', self.node('Shape', x))
        gates = self.conv(self.node('Concat', x, h, axis=1), f'{key}.ih.0')
        r, z = self.split(self.node('Sigmoid', gates), [channels, channels])
        rh = self.node('Mul', r, h)
        c = self.node('Tanh', self.conv(self.node('Concat', x, rh, axis=1), f'{key}.hh.0'))
        kept = self.node('Mul', self.node('Sub', self.constant(1), z), h)
        return self.node('Add', kept, self.node('Mul', z, c), output=f'r{k}o')

    def upsample_to(self, x: str, like: str) -> str:
        x = self.resize(x, self.initializer(np.array([1, 1, 2, 2])))
        end = self.shape(like, 2, 4)
        return self.node(
            'Slice', x, self.constant([0, 0], np.int64), end, self.constant([2, 3], np.int64)
        )

    def decoder(self, s0: str, maps: list[str], context: str, state_channels: list[int]) -> str:
        pooled = [s0]
        for _ in range(3):
            pool = {'ceil_mode': 1, 'kernel_shape': [2, 2], 'pads': [0] * 4, 'strides': [2, 2]}
            pooled.append(self.node('AveragePool', pooled[-1], **pool))
        a, b = self.split(context, [state_channels[3]] * 2)
        x = self.node('Concat', a, self.gru(b, 4, state_channels[3]), axis=1)
        for k in (3, 2, 1):
            s, key, half = pooled[k], f'decoder.decode{k}.conv', state_channels[k - 1]
            x = self.node('Concat', self.upsample_to(x, s), maps[k - 1], s, axis=1)
            x = self.relu(self.conv(x, f'{key}.0', f'{key}.1'))
            a, b = self.split(x, [half, half])
            x = self.node('Concat', a, self.gru(b, k, half), axis=1)
        x, key = self.node('Concat', self.upsample_to(x, s0), s0, axis=1), 'decoder.decode0.conv'
        for index in (0, 3):
            x = self.relu(self.conv(x, f'{key}.{index}', f'{key}.{index + 1}'))
        return x

    def refine(self, small: str, hid: str) -> list[str]:
        """Return foreground residual and alpha at full size."""
        out = self.split(self.conv(hid, 'project_mat.conv'), [3, 1])
        guide_full = self.with_mean('src')
        x, y = self.with_mean(small), self.node('Concat', *out, axis=1)
        box = 'refiner.box_filter'
        mean_x, mean_y = self.conv(x, box), self.conv(y, box)
        xy = self.conv(self.node('Mul', x, y), box)
        cov = self.node('Sub', xy, self.node('Mul', mean_x, mean_y))
        xx = self.conv(self.node('Mul', x, x), box)
        var = self.node('Sub', xx, self.node('Mul', mean_x, mean_x))
        a = self.node('Concat', cov, var, hid, axis=1)
        for index in (0, 3):
            a = self.relu(self.conv(a, f'refiner.conv.{index}', f'refiner.conv.{index + 1}'))
        a = self.conv(a, 'refiner.conv.6')
        b = self.node('Sub', mean_y, self.node('Mul', a, mean_x))
        a, b = (
            self.resize(v, self.constant([]), self.node(
                'Concat', self.shape(v, 0, 2), self.shape('src', 2, 4), axis=0))
            for v in (a, b)
        )  # fmt: skip
        return self.split(self.node('Add', self.node('Mul', a, guide_full), b), [3, 1])

    def with_mean(self, x: str) -> str:
        return self.node('Concat', x, self.node('ReduceMean', x, axes=[1], keepdims=1), axis=1)

    def clip(self, x: str, output: str) -> None:
        self.node('Clip', x, self.initializer(0), self.initializer(1), output=output)

    def model(self) -> onnx.ModelProto:
        scales = self.node(
            'Concat', self.constant([1, 1]), 'downsample_ratio', 'downsample_ratio', axis=0
        )
        small = self.resize('src', scales)
        mobilenet = 'backbone.features.0.0.weight' in self.weights
        *maps, deepest = self.mobilenetv3(small) if mobilenet else self.resnet50(small)
        context = self.relu(self.conv(deepest, 'aspp.aspp1.0', 'aspp.aspp1.1'))
        gate = self.conv(self.node('GlobalAveragePool', deepest), 'aspp.aspp2.1')
        context = self.node('Mul', context, self.node('Sigmoid', gate))
        hidden = [self.weights[f'decoder.decode{k}.gru.hh.0.bias'].size for k in (1, 2, 3, 4)]
        hid = self.decoder(small, maps, context, hidden)
        fgr_residual, pha = self.refine(small, hid)
        self.clip(self.node('Add', fgr_residual, 'src'), 'fgr')
        self.clip(pha, 'pha')
        outputs = {'fgr': 3, 'pha': 1} | {f'r{k}o': hidden[k - 1] for k in (1, 2, 3, 4)}
        inputs = {'src': 3} | {f'r{k}i': 'channels' for k in (1, 2, 3, 4)}
        ratio = helper.make_tensor_value_info('downsample_ratio', TensorProto.FLOAT, [1])
        graph = helper.make_graph(
            self.nodes,
            'torch-jit-export',
            [*(_image(*item) for item in inputs.items()), ratio],
            [_image(*item) for item in outputs.items()],
            [numpy_helper.from_array(value, key) for key, value in self.initializers.items()],
        )
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid('', 12)], ir_version=6, producer_name='rvm'
        )


def _image(name: str, channels: int | str) -> onnx.ValueInfoProto:
    shape = ['batch_size', channels, 'height', 'width']
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def emit(weights: Mapping[str, Tensor]) -> tuple[onnx.ModelProto, dict[str, np.ndarray]]:
    """Make the ONNX model of a published state dict.

    Args:
        weights: Published name -> tensor, float32, of either backbone.

    Returns:
        The model, and published name -> value of what it holds: folded weights and biases, and the
        tensors that kept their names.
    """
    emitter = Emitter(weights)
    model = emitter.model()
    named = {key: value for key, value in emitter.initializers.items() if key in weights}
    return model, emitter.folded | named
