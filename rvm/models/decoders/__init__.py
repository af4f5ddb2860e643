from rvm.models.decoders.conv_gru import ConvGRU
from rvm.models.decoders.lraspp import LRASPP
from rvm.models.decoders.recurrent_decoder import RecurrentDecoder

__all__ = ['LRASPP', 'ConvGRU', 'RecurrentDecoder']
