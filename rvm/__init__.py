"""Robust video matting as a modular library: the network, its training, data and evaluation."""

__version__ = '0.1.0'
