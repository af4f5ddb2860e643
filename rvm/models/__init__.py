from rvm.models.backbones import TimmBackbone
from rvm.models.batch_norm import folded_batch_norms, reestimate_batch_norms
from rvm.models.builder import build_network
from rvm.models.data_preprocessor import MattingDataPreprocessor
from rvm.models.decoders import LRASPP, ConvGRU, RecurrentDecoder
from rvm.models.matting_model import MattingModel
from rvm.models.matting_network import MattingNetwork
from rvm.models.refiners import DeepGuidedFilterRefiner, FastGuidedFilterRefiner
from rvm.models.weights import load_weights, network_from_weights
from rvm.models.weights_file import save_weights

__all__ = [
    'LRASPP',
    'ConvGRU',
    'DeepGuidedFilterRefiner',
    'FastGuidedFilterRefiner',
    'MattingDataPreprocessor',
    'MattingModel',
    'MattingNetwork',
    'RecurrentDecoder',
    'TimmBackbone',
    'build_network',
    'folded_batch_norms',
    'load_weights',
    'network_from_weights',
    'reestimate_batch_norms',
    'save_weights',
]
