import math

import pytest
import timm
import torch

from rvm.errors import UserError
from rvm.models import TimmBackbone

CHANNELS = {
    'mobilenetv3_large_100': (16, 24, 40, 960),
    'resnet50': (64, 256, 512, 2048),
    'efficientnet_b0': (16, 24, 40, 320),
    'mobilenetv4_conv_small': (32, 32, 64, 960),
    'regnety_002': (32, 24, 56, 368),
    'resnet18': (64, 64, 128, 512),
    'mobilenetv2_100': (16, 24, 32, 320),
    'repvgg_a0': (48, 48, 96, 1280),
    'mobilenetv3_small_050': (16, 8, 16, 288),
    'test_efficientnet': (16, 24, 32, 64),
}
REFUSED = {
    'convnext_tiny': 'without stride 2',
    'hrnet_w18': 'cannot build',
    'densenet121': 'cannot build',
    'ghostnet_100': 'dilation not supported',
    'vit_small_patch16_224': 'cannot build',
    'resnet_50': 'has no',
    'no such model': 'has no',
}


@pytest.mark.parametrize('model_name', list(CHANNELS))
@torch.no_grad()
def test_maps_have_the_stated_channels_and_strides(model_name):
    backbone = TimmBackbone(model_name).eval()
    assert backbone.channels == CHANNELS[model_name]
    for height, width in ((64, 96), (49, 67)):
        maps = backbone(torch.rand(2, 3, height, width))
        assert [tuple(x.shape) for x in maps] == [
            (2, c, math.ceil(height / s), math.ceil(width / s))
            for c, s in zip(backbone.channels, (2, 4, 8, 16), strict=True)
        ]


@pytest.mark.parametrize('model_name', list(REFUSED))
def test_what_cannot_serve_is_refused_in_one_sentence(model_name):
    with pytest.raises(UserError, match=REFUSED[model_name]) as caught:
        TimmBackbone(model_name)
    message = str(caught.value)
    assert message.startswith('backbone.model_name: ')
    assert repr(model_name) in message
    assert '\n' not in message


def test_a_misspelt_name_gets_a_hint():
    with pytest.raises(UserError, match=r'similar names: .*mobilenetv3_'):
        TimmBackbone('mobilenetv3_lagre_100')


def test_mobilenetv3_dilates_every_depthwise_convolution_of_its_last_stage():
    blocks = TimmBackbone('mobilenetv3_large_100').model.blocks
    for index, stage in enumerate(blocks):
        for module in stage.modules():
            if isinstance(module, torch.nn.Conv2d) and module.groups > 1:
                last = index == 5
                side = module.kernel_size[0]
                dilation = 2 if last else 1
                assert module.dilation == (dilation, dilation)
                assert tuple(module.padding) == (dilation * (side // 2),) * 2
                if last:
                    assert module.kernel_size == (5, 5)
                    assert module.stride == (1, 1)
    assert len(blocks[5]) == 3


def test_dilation_of_the_first_convolution_can_be_left_to_timm():
    blocks = TimmBackbone('mobilenetv3_large_100', dilate_whole_stage=False).model.blocks
    assert [tuple(block.conv_dw.dilation) for block in blocks[5]] == [(1, 1), (2, 2), (2, 2)]
    with pytest.raises(UserError, match=r"dilate_whole_stage: 'resnet18'"):
        TimmBackbone('resnet18', dilate_whole_stage=True)


def test_resnet50_dilates_as_torchvision_does():
    layers = TimmBackbone('resnet50').model
    for index in (1, 2, 3, 4):
        for number, block in enumerate(layers[f'layer{index}']):
            dilation = 2 if index == 4 and number > 0 else 1
            assert block.conv2.dilation == (dilation, dilation)
            stride = 2 if index in (2, 3) and number == 0 else 1
            assert block.conv2.stride == (stride, stride)


@pytest.mark.parametrize(
    ('arguments', 'eps', 'momentum'),
    [
        ({'model_name': 'mobilenetv3_large_100'}, 1e-3, 0.01),
        ({'model_name': 'resnet50'}, 1e-5, 0.1),
        ({'model_name': 'resnet18'}, 1e-5, 0.1),
        ({'model_name': 'resnet18', 'bn_eps': 1e-4, 'bn_momentum': 0.2}, 1e-4, 0.2),
        ({'model_name': 'mobilenetv3_large_100', 'bn_eps': 1e-5}, 1e-5, 0.01),
    ],
)
def test_batch_norm_settings(arguments, eps, momentum):
    norms = [m for m in TimmBackbone(**arguments).modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert len(norms) >= 20
    assert {(norm.eps, norm.momentum) for norm in norms} == {(eps, momentum)}


IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@pytest.mark.parametrize(
    ('arguments', 'mean', 'std'),
    [
        ({'model_name': 'mobilenetv3_large_100'}, *IMAGENET),
        ({'model_name': 'resnet50'}, (0, 0, 0), (1, 1, 1)),
        ({'model_name': 'resnet50', 'normalize': True}, *IMAGENET),
        ({'model_name': 'mobilenetv3_large_100', 'normalize': False}, (0, 0, 0), (1, 1, 1)),
        ({'model_name': 'resnet18', 'mean': (0.5, 0.4, 0.3), 'std': (1, 2, 4)},
         (0.5, 0.4, 0.3), (1, 2, 4)),
    ],
)  # fmt: skip
@torch.no_grad()
def test_normalisation(arguments, mean, std):
    backbone = TimmBackbone(**arguments).eval()
    src = torch.rand(1, 3, 32, 48)
    seen = []
    backbone.model.register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    backbone(src)
    mean, std = (torch.tensor(v, dtype=torch.float).view(1, 3, 1, 1) for v in (mean, std))
    torch.testing.assert_close(seen[0], (src - mean) / std)
    assert not {'mean', 'std'} & set(backbone.state_dict())


@pytest.mark.parametrize(
    'model_name', ['test_efficientnet', 'test_resnet', 'mobilenetv3_large_100']
)
def test_weights_from_a_local_file_arrive(model_name, tmp_path):
    torch.manual_seed(5)
    state = timm.create_model(model_name).state_dict()
    path = tmp_path / 'imagenet.pth'
    torch.save(state, path)
    torch.manual_seed(6)
    loaded = TimmBackbone(model_name, pretrained=str(path)).model.state_dict()
    fresh = TimmBackbone(model_name).model.state_dict()
    assert set(loaded) <= set(state)
    assert all(torch.equal(value, state[key]) for key, value in loaded.items())
    assert any(not torch.equal(value, fresh[key]) for key, value in loaded.items())


class Hostile:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), 'w')


def test_wrong_local_files_are_refused(tmp_path):
    with pytest.raises(UserError, match=r'backbone\.pretrained: there is no weights file .*miss'):
        TimmBackbone('test_resnet', pretrained=str(tmp_path / 'missing.pth'))
    other = tmp_path / 'other.pth'
    torch.save(timm.create_model('test_efficientnet').state_dict(), other)
    text = tmp_path / 'text.pth'
    text.write_text('no weights')
    mark, hostile = tmp_path / 'mark', tmp_path / 'hostile.pth'
    torch.save({'state_dict': Hostile(mark)}, hostile)
    for path in (other, text, hostile):
        with pytest.raises(UserError, match=rf'backbone\.pretrained: .*{path.name}') as caught:
            TimmBackbone('test_resnet', pretrained=str(path))
        assert '\n' not in str(caught.value)
    assert not mark.exists()


def test_offline_the_way_out_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr('huggingface_hub.constants.HF_HUB_OFFLINE', True)
    monkeypatch.setattr('huggingface_hub.constants.HF_HUB_CACHE', str(tmp_path))
    _assert_offline_message()


@pytest.mark.parametrize('error', [ConnectionError('no route\nto host'), OSError(), RuntimeError()])
def test_whatever_the_hub_raises_is_one_sentence(monkeypatch, error):
    def create_model(*args, **kwargs):
        raise error

    monkeypatch.setattr(timm, 'create_model', create_model)
    _assert_offline_message()


def _assert_offline_message() -> None:
    with pytest.raises(UserError) as caught:
        TimmBackbone('test_resnet', pretrained=True)
    message = str(caught.value)
    assert message.startswith("backbone.pretrained: the weights of 'test_resnet' could not be")
    assert "timm's hub" in message
    assert 'path of a downloaded file' in message
    assert '\n' not in message


def test_a_bug_without_pretrained_weights_is_not_hidden(monkeypatch):
    def create_model(*args, **kwargs):
        raise RuntimeError('a bug')

    monkeypatch.setattr(timm, 'create_model', create_model)
    with pytest.raises(RuntimeError, match='a bug'):
        TimmBackbone('test_resnet')


def test_a_local_file_that_does_not_fit_is_refused(tmp_path):
    path = tmp_path / 'foo.pth'
    torch.save({'foo': torch.zeros(3)}, path)
    with pytest.raises(UserError, match=r'does not fit .resnet18.: \d+ tensors are missing'):
        TimmBackbone('resnet18', pretrained=str(path))
    path.write_text('text', encoding='utf-8')
    with pytest.raises(UserError, match='no weights file that timm can read'):
        TimmBackbone('resnet18', pretrained=str(path))


def test_a_model_that_takes_one_size_only_is_refused():
    with pytest.raises(UserError, match=r'does not take pictures of any size|output_stride'):
        TimmBackbone('botnet26t_256')


def test_a_misspelt_name_is_told_before_its_file_is_read(tmp_path):
    path = tmp_path / 'weights.pth'
    torch.save({'foo': torch.zeros(3)}, path)
    with pytest.raises(UserError, match=r"has no 'resnet_18'"):
        TimmBackbone('resnet_18', pretrained=str(path))
