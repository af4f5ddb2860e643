"""Whether the memory of loader workers stays flat over thousands of samples."""

import argparse
import tempfile
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import psutil
from torch.utils.data import DataLoader
from tqdm import tqdm

from rvm.datasets import EpochSampler, StepBatchSampler, clip_collate
from rvm.datasets.config import load_config
from rvm.datasets.demo import make_demo_data
from rvm.io import MediaInfo, open_writer, read_image
from rvm.io.image_reader import list_images
from rvm.registry import DATASETS

CONFIG = 'configs/_base_/datasets/videomatte_sd.py'
FRAMES = 'VideoMatte240K_JPEG_SD/train'
VIDEOS = 'VideoMatte240K_MP4_SD/train'
SOURCES = {'frames': FRAMES, 'mp4': VIDEOS}
RATE = Fraction(30)
LOOKS = 20
"""At the workers, for each column."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument('--samples', type=int, default=2000)
    parser.add_argument('--workers', type=int, default=4)
    parser.add_argument('--looks', type=int, default=10, help='columns of the table')
    parser.add_argument('--sources', nargs='+', default=list(SOURCES), choices=tuple(SOURCES))


def run(args: argparse.Namespace) -> None:
    """Print the memory of the workers over the samples, of frame folders and of videos."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / 'data'
        make_demo_data(root, workers=2, progress=True)
        make_videos(root)
        for name in args.sources:
            watch(name, SOURCES[name], root, args)


def make_videos(root: Path) -> None:
    """Encode every demo clip, and every background clip, as a video file beside it."""
    pairs = [(f'{FRAMES}/{part}', f'{VIDEOS}/{part}') for part in ('fgr', 'pha')]
    pairs.append(('BackgroundVideos/train', 'BackgroundVideoFiles/train'))
    for source, target in pairs:
        for clip in sorted((root / source).iterdir()):
            images = [read_image(path) for path in list_images(clip)]
            height, width = images[0].shape[:2]
            info = MediaInfo(clip.name, width, height, len(images), RATE, 1 / RATE)
            with open_writer(root / target / f'{clip.name}.mp4', info, channels='rgb') as writer:
                for number, image in enumerate(images):
                    writer.write(image, number / RATE)


def watch(name: str, path: str, root: Path, args: argparse.Namespace) -> None:
    """Load the samples, and print what is each worker's own (USS) as they go by."""
    config = load_config(CONFIG, str(root)).train_dataloader.mat_low
    config.dataset.path = path
    if path == VIDEOS:
        config.dataset.backgrounds.videos.path = 'BackgroundVideoFiles/train'
    dataset = DATASETS.build(config.dataset)
    sampler = EpochSampler(dataset, seed=0, num_samples=args.samples)
    loader = DataLoader(
        dataset,
        batch_sampler=StepBatchSampler(sampler, 1, crop_size=config.batch_sampler.crop_size),
        num_workers=args.workers,
        collate_fn=clip_collate,
        worker_init_fn=lambda worker: cv2.setNumThreads(0),
    )
    every = max(args.samples // args.looks, 1)
    table, own = [], []
    for number, _ in enumerate(tqdm(loader, desc=name, mininterval=5), 1):
        if number % max(every // LOOKS, 1) == 0:  # a worker is seen in the middle of its work
            workers = psutil.Process().children()
            own.append([worker.memory_full_info().uss / 2**20 for worker in workers])
        if number % every == 0:
            table.append((number, np.max(own), np.mean(np.sum(own, axis=1))))
            own = []
    print(f'\n{name}: MiB of {args.workers} workers after so many samples')
    print('  samples ' + ' '.join(f'{number:6d}' for number, _, _ in table))
    print('  largest ' + ' '.join(f'{largest:6.0f}' for _, largest, _ in table))
    print('  mean sum' + ' '.join(f'{total:6.0f}' for _, _, total in table))
    half = table[len(table) // 2 :]
    print(f'  growth of the sum over the second half: {half[-1][2] / half[0][2] - 1:+.1%}')
