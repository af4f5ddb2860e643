"""Measure speed: A against B in one run, interleaved, medians and ratios.

python tools/benchmark.py network --weights work_dirs/weights/rvm_mbv3.pth
python tools/benchmark.py video clip.mp4 --weights work_dirs/weights/rvm_mbv3.pth
python tools/benchmark.py loader
python tools/benchmark.py memory
python tools/benchmark.py metrics

`network`: frames per second of the network in several forms, each at 512x288 with ratio 1,
1920x1080 with 0.25 and 3840x2160 with 0.125, T frames at once: eager; channels_last; fused (batch
norms folded, what `Matter` runs); scripted and compiled (both of the fused one). All but eager are
channels-last. In float32 every form's output is first compared with eager's.
`video`: a whole conversion, split into decoding, network and encoding, each alone and together.
`loader`: training samples from generated data of the original sizes against a plain PIL and
torchvision loader (tools/benchmarks/plain_loader.py) that makes the same pictures.
`memory`: what loader workers hold while samples go by, from frame folders and from video files.
`metrics`: the alpha metrics of the low protocol at 1920x1080 against a plain version in OpenCV and
NumPy (tools/benchmarks/plain_metrics.py), which must give the same values, on mattes with hair; and
the throughput of several processes.
"""

import argparse

from benchmarks import loader, memory, metrics, network, video

from rvm.cli import run_tool

COMMANDS = {
    'network': (network, 'forms of the network'),
    'video': (video, 'a whole conversion'),
    'loader': (loader, 'training samples'),
    'memory': (memory, 'memory of loader workers'),
    'metrics': (metrics, 'alpha metrics'),
}


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest='command', required=True)
    for name, (module, summary) in COMMANDS.items():
        module.add_arguments(commands.add_parser(name, help=summary))
    return parser.parse_args()


def main() -> None:
    """Run the benchmark that is asked for."""
    args = parse_args()
    COMMANDS[args.command][0].run(args)


if __name__ == '__main__':
    run_tool(main)
