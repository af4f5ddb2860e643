"""Any timm model with feature maps at strides 2, 4, 8 and 16 as the backbone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import timm
import torch
from torch import Tensor, nn

from rvm.errors import UserError
from rvm.models.batch_norm import BATCH_NORMS
from rvm.registry import MODELS

STRIDES = (2, 4, 8, 16)

# Where the published networks differ from what timm builds under the same name (they come from
# torchvision). Keyed by the name, so that a config which only changes `model_name` is right again.
PUBLISHED_SETTINGS: dict[str, dict[str, Any]] = {
    'mobilenetv3_large_100': {'bn_eps': 1e-3, 'bn_momentum': 0.01, 'dilate_whole_stage': True},
    'resnet50': {'normalize': False},
}


@MODELS.register_module()
class TimmBackbone(nn.Module):
    """Four feature maps of a timm `features_only` model at output stride 16.

    The last stage keeps its resolution and is dilated instead. Channels come from timm's
    `feature_info` and stand in `self.channels`.

    `mobilenetv3_large_100` and `resnet50` are set up as in the published networks: the first with
    batch norm eps 1e-3 and momentum 0.01 and with every depthwise convolution of its last stage
    dilated (timm leaves the first one undilated), the second without input normalisation. Arguments
    given here override that.

    Args:
        model_name: A timm model that supports `features_only` and `output_stride=16`.
        pretrained: False, True (ImageNet weights from timm's hub), or the path of a weights file
            that timm can read (.safetensors, .pth, .bin).
        normalize: Whether to subtract `mean` and divide by `std` inside. None: yes, except where
            the published network does not.
        mean: Per channel, for input in 0..1. None: what timm states for the model.
        std: Per channel. None: what timm states for the model.
        bn_eps: None: the model's own.
        bn_momentum: None: the model's own.
        dilate_whole_stage: Dilate also the depthwise convolution whose stride was removed, with
            every other of the last stage, as torchvision does (MobileNetV3 family). None: no.

    Raises:
        UserError: The model is unknown, cannot do stride 16, has no stride-2 map, or its weights
            cannot be had.
    """

    def __init__(
        self,
        model_name: str,
        pretrained: bool | str = False,
        normalize: bool | None = None,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        bn_eps: float | None = None,
        bn_momentum: float | None = None,
        dilate_whole_stage: bool | None = None,
    ) -> None:
        super().__init__()
        published = PUBLISHED_SETTINGS.get(model_name, {})
        self.model = _create(model_name, pretrained)
        self.indices, self.channels = _select_maps(model_name, self.model)
        bn_eps = published.get('bn_eps') if bn_eps is None else bn_eps
        bn_momentum = published.get('bn_momentum') if bn_momentum is None else bn_momentum
        for module in self.model.modules():
            if isinstance(module, BATCH_NORMS):
                module.eps = module.eps if bn_eps is None else bn_eps
                module.momentum = module.momentum if bn_momentum is None else bn_momentum
        if dilate_whole_stage is None:
            dilate_whole_stage = published.get('dilate_whole_stage', False)
        if dilate_whole_stage:
            _dilate_last_stage(model_name, self.model)
        _check_forward(model_name, self.model, self.indices)

        self.normalize = published.get('normalize', True) if normalize is None else normalize
        stated = self.model.default_cfg if hasattr(self.model, 'default_cfg') else {}
        mean = stated.get('mean', (0.485, 0.456, 0.406)) if mean is None else mean
        std = stated.get('std', (0.229, 0.224, 0.225)) if std is None else std
        self.register_buffer('mean', torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer('std', torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, src: Tensor) -> list[Tensor]:
        """Compute the feature maps.

        Args:
            src: [N, 3, h, w] in 0..1, RGB.

        Returns:
            Four maps [N, C_k, ceil(h / s), ceil(w / s)] at strides s = 2, 4, 8, 16.
        """
        if self.normalize:
            src = (src - self.mean) / self.std
        maps = self.model(src)
        return [maps[index] for index in self.indices]


def _create(model_name: str, pretrained: bool | str) -> nn.Module:
    """Build the timm model, and turn what it raises into one sentence."""
    if not timm.is_model(model_name):
        near = timm.list_models(f'*{model_name.split("_")[0]}*')[:5]
        hint = f'; similar names: {", ".join(near)}' if near else ''
        raise UserError(f'backbone.model_name: timm {timm.__version__} has no {model_name!r}{hint}')
    kwargs: dict[str, Any] = {'pretrained': bool(pretrained)}
    if isinstance(pretrained, str):
        if not Path(pretrained).is_file():
            raise UserError(f'backbone.pretrained: there is no weights file {pretrained!r}')
        _check_file(model_name, pretrained)
        kwargs['pretrained_cfg_overlay'] = {'file': pretrained}
    try:
        return timm.create_model(model_name, features_only=True, output_stride=16, **kwargs)
    except (TypeError, AssertionError, NotImplementedError, AttributeError) as error:
        reason = str(error).strip() or 'it does not support that'
        raise UserError(
            f'backbone.model_name: timm cannot build {model_name!r} with features_only and '
            f'output_stride=16 ({reason}); choose a model with maps at strides 2, 4, 8 and 16'
        ) from error
    except Exception as error:
        if not pretrained:
            raise
        first_line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        source = repr(pretrained) if isinstance(pretrained, str) else "timm's hub"
        raise UserError(
            f'backbone.pretrained: the weights of {model_name!r} could not be loaded from {source} '
            f'({first_line}); set it to the path of a downloaded file, or to False to start from '
            'random weights'
        ) from error


def _check_file(model_name: str, path: str) -> None:
    """Refuse a weights file that lacks tensors of the model: timm would leave those random."""
    try:
        found = timm.models.load_state_dict(path)
    except Exception as error:  # whatever the file's format raises
        raise UserError(
            f'backbone.pretrained: {path!r} is no weights file that timm can read ({error})'
        ) from error
    with torch.device('meta'):
        model = timm.create_model(model_name)
    head = model.get_classifier()
    heads = tuple(f'{name}.' for name, module in model.named_modules() if module is head)
    missing = [
        key
        for key, value in model.state_dict().items()
        if not key.endswith('num_batches_tracked')
        and not (heads and key.startswith(heads))
        and (key not in found or found[key].shape != value.shape)
    ]
    if missing:
        raise UserError(
            f'backbone.pretrained: {path!r} does not fit {model_name!r}: {len(missing)} tensors '
            f"are missing or of another shape, for example {missing[0]} (timm's names are expected)"
        )


def _check_forward(model_name: str, model: nn.Module, indices: list[int]) -> None:
    """Run an odd-sized picture through: some models state strides they do not keep."""
    height, width = 75, 101
    training = model.training
    try:
        with torch.no_grad():
            maps = model.eval()(torch.zeros(1, 3, height, width))
    except (AssertionError, RuntimeError) as error:
        raise UserError(
            f'backbone.model_name: {model_name!r} does not take pictures of any size '
            f'({str(error).strip() or "no reason given"})'
        ) from error
    finally:
        model.train(training)
    sizes = [tuple(maps[index].shape[2:]) for index in indices]
    expected = [(-(-height // stride), -(-width // stride)) for stride in STRIDES]
    if sizes != expected:
        raise UserError(
            f'backbone.model_name: the maps of {model_name!r} are of {sizes} for {height}x{width}, '
            f'the decoder needs {expected}'
        )


def _select_maps(model_name: str, model: nn.Module) -> tuple[list[int], tuple[int, ...]]:
    """Choose the deepest map of each stride; return their indices and channels."""
    reductions = list(model.feature_info.reduction())
    missing = [stride for stride in STRIDES if stride not in reductions]
    if missing:
        raise UserError(
            f'backbone.model_name: {model_name!r} has maps at strides {reductions}, but the '
            f'decoder needs {list(STRIDES)}; without stride {missing[0]} this model cannot serve'
        )
    indices = [len(reductions) - 1 - reductions[::-1].index(stride) for stride in STRIDES]
    channels = model.feature_info.channels()
    return indices, tuple(channels[index] for index in indices)


def _dilate_last_stage(model_name: str, model: nn.Module) -> None:
    """Give every depthwise convolution of the last dilated stage its dilation of 2.

    Where stride 2 becomes dilation 2, timm dilates from the second block of the stage on, and
    torchvision from the first.
    """
    for stage in getattr(model, 'blocks', ()):
        convs = [
            module
            for module in stage.modules()
            if isinstance(module, nn.Conv2d) and module.groups > 1 and module.kernel_size[0] > 1
        ]
        if any(conv.dilation[0] > 1 for conv in convs):
            for conv in convs:
                conv.dilation = (2, 2)
                conv.padding = tuple(2 * (size // 2) for size in conv.kernel_size)
            return
    raise UserError(
        f'backbone.dilate_whole_stage: {model_name!r} has no dilated stage of depthwise '
        'convolutions; leave the option out'
    )
