"""The network that is measured, from the command line."""

import argparse

import torch
from torch import nn

from rvm.allocator import keep_freed_memory
from rvm.models import build_network, network_from_weights
from rvm.models.builder import base_config_path


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `network` and `video` share."""
    parser.add_argument('--weights', help='published or ours; random weights if not given')
    parser.add_argument('--config', default=base_config_path('rvm_mbv3.py'))
    parser.add_argument('--device', default='cpu')
    parser.add_argument(
        '--default-allocator',
        action='store_true',
        help='leave the C library as it is (see rvm/allocator.py)',
    )
    parser.add_argument('--rounds', type=int, default=7, help='interleaved (default 7)')


def load_network(args: argparse.Namespace) -> nn.Module:
    """Return the network in eval mode on its device, and say what it runs on."""
    network = network_from_weights(args.weights) if args.weights else build_network(args.config)
    network.eval().to(args.device)
    if not args.default_allocator:
        keep_freed_memory()
    print(f'torch {torch.__version__}, {args.device}, {torch.get_num_threads()} threads')
    return network
