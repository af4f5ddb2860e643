import pytest
import torch

from rvm.errors import WeightsError
from rvm.models import build_network
from rvm.models.builder import base_config_path
from rvm.models.published_weights import (
    MOBILENETV3,
    RESNET50,
    our_variant,
    published_names,
    published_variant,
    to_published,
)
from tests.conftest import CONFIGS
from tests.golden_weights import BACKBONES, manifest

VARIANTS = {'mobilenetv3': MOBILENETV3, 'resnet50': RESNET50}


@pytest.mark.parametrize('backbone', BACKBONES)
def test_every_name_and_shape_is_that_of_the_published_checkpoint(backbone):
    state = build_network(base_config_path(CONFIGS[backbone])).state_dict()
    published = to_published(state)
    assert len(published) == len(state)
    assert {name: list(value.shape) for name, value in published.items()} == manifest(backbone)
    for name, theirs in published_names(state).items():
        assert published[theirs] is state[name]


@pytest.mark.parametrize('backbone', BACKBONES)
def test_variants_are_recognised_by_name(backbone):
    state = build_network(base_config_path(CONFIGS[backbone])).state_dict()
    assert our_variant(state) == VARIANTS[backbone]
    assert published_variant(manifest(backbone)) == VARIANTS[backbone]
    assert our_variant(manifest(backbone)) is None
    assert published_variant(state) is None


def test_other_backbones_have_no_published_layout(tiny_network):
    with pytest.raises(WeightsError, match='mobilenetv3_large_100 and resnet50'):
        published_names(tiny_network.state_dict())


def test_a_stray_tensor_of_the_backbone_is_refused():
    state = build_network(base_config_path(CONFIGS['mobilenetv3'])).state_dict()
    state['backbone.model.extra.weight'] = torch.zeros(1)
    with pytest.raises(WeightsError, match=r'backbone\.model\.extra\.weight'):
        to_published(state)
