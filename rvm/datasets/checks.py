"""The tests that every data set must pass: one line in the tests of a plugin."""

import copy
import pickle
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from rvm.datasets.clip_dataset import ClipDataset
from rvm.datasets.frames import RGBA, FrameSource
from rvm.datasets.sample_key import SampleKey
from rvm.errors import DataError

PACKED = {'fgr_pha': 4, 'bgr': 3, 'src_seg': 4}
"""Channels of the pictures in a sample."""
NEEDED = ({'fgr_pha', 'bgr'}, {'src_seg'})
NO_CLIP = 'no clip has this name'
LONGEST = 32
"""Frames of the longest sample that is tried; memory is the reason."""


def check_dataset(dataset: Dataset, *, samples: int = 3) -> None:
    """Check what training relies on.

    Records are well-formed, can be sent to workers, and decode; a sample has the shapes and types
    that `PackMatting` or `PackSegmentation` promise, is a function of its `SampleKey` alone (asked
    twice, after a pickling, from two workers), and changes with the epoch if the pipeline draws;
    one frame and more frames than the shortest clip has will do; a wrong name is refused.

    Args:
        dataset: A data set whose pipeline ends in one of the two steps. Records are looked at in a
            `ClipDataset` (a mixture is checked by its samples).
        samples: How many clips to decode and samples to make, spread over the data set; the first
            and the last one always.

    Raises:
        AssertionError: With a sentence that says what is wrong.
    """
    name = type(dataset).__name__
    _claim(len(dataset) > 0, f'{name} is empty')
    if isinstance(dataset, ClipDataset):
        _check_records(dataset, samples)
    keys = [SampleKey(index, index, 0, 7) for index in _spread(len(dataset), samples)]
    first = [dataset[key] for key in keys]
    for key, sample in zip(keys, first, strict=True):
        _check_sample(sample, key, f'{name}[{key.index}]')
    _check_purity(dataset, keys, first)
    for index in (-1, len(dataset)):
        _claim(_refuses(dataset, index), f'{name}[{index}] must raise IndexError')
    if isinstance(dataset, ClipDataset):
        _check_epochs(dataset, keys)
        _check_lengths(dataset)
        _check_names(dataset)


def _claim(holds: bool, sentence: str) -> None:
    if not holds:
        raise AssertionError(sentence)


def _spread(length: int, count: int) -> list[int]:
    """Return up to `count` (at least 2) numbers from 0 to length - 1, both included."""
    return sorted({int(number) for number in np.linspace(0, length - 1, max(count, 2)).round()})


def _check_records(dataset: ClipDataset, samples: int) -> None:
    dataset.full_init()
    count = len(dataset.clip_lengths)
    names = [dataset.get_data_info(number)['clip'] for number in range(count)]
    _claim(all(isinstance(name, str) and name for name in names), "a record's 'clip' is its name")
    doubles = sorted(name for name, times in Counter(names).items() if times > 1)[:10]
    _claim(not doubles, f'several records are called {", ".join(doubles)}')
    highest = 0
    for number in _spread(count, samples):
        record = dataset.get_data_info(number)
        source = record[dataset.stream_name]
        about = f'{record["clip"]}: the source of {dataset.stream_name!r}'
        _claim(isinstance(source, FrameSource), f'{about} is no FrameSource but {type(source)}')
        _claim(source.kind == RGBA, f'{about} is of kind {source.kind!r}, not {RGBA!r}')
        _claim(len(source) > 0, f'{about} has no frames')
        absent = [file for file in source.files() if not file.exists()]
        _claim(not absent, f'{about} names {len(absent)} files that do not exist: {absent[:3]}')
        _claim(bool(source.describe(0)), f'{about} does not say where frame 0 is (describe)')
        highest = max(highest, *(int(image[..., 3].max()) for image in _frames(source, about)))
    _claim(
        highest > 1,
        f'the fourth channel is nowhere above {highest} of 255: alpha and masks are 0..255',
    )


def _frames(source: FrameSource, about: str) -> Iterator[np.ndarray]:
    """Yield the first and the last frame, at full and at half size, after a look at each."""
    numbers = sorted({0, len(source) - 1})
    height, width = source.size()
    for shrink in (1, 2):
        shape = (-(-height // shrink), -(-width // shrink), 4)
        images = [image.copy() for image in source.load(numbers, shrink)]
        _claim(len(images) == len(numbers), f'{about} gave {len(images)} frames for {numbers}')
        again = list(pickle.loads(pickle.dumps(source)).load(numbers, shrink))
        for image, twin in zip(images, again, strict=True):
            _claim(
                image.shape == shape and image.dtype == np.uint8,
                f'{about} gave {image.shape} {image.dtype}, not {shape} uint8 (shrink={shrink})',
            )
            _claim(bool((image == twin).all()), f'{about} gives other frames after a pickling')
            _claim(twin.flags.writeable, f'{about} gives frames that cannot be written into')
        yield from images


def _check_sample(sample: Any, key: SampleKey, about: str) -> None:
    _claim(isinstance(sample, dict), f'{about} is a {type(sample).__name__}, not a dict')
    pictures = {name: sample[name] for name in PACKED if name in sample}
    _claim(
        set(pictures) in NEEDED,
        f'{about} holds {sorted(sample)}; the pipeline must end in PackMatting (fgr_pha and bgr) '
        'or PackSegmentation (src_seg)',
    )
    frames = sample['frames']
    for name, picture in pictures.items():
        shape = (len(frames), PACKED[name], *picture.shape[2:])
        _claim(
            tuple(picture.shape) == shape and picture.dtype == torch.uint8,
            f'{about}: {name} is {tuple(picture.shape)} {picture.dtype}, not {shape} uint8',
        )
    sizes = {tuple(picture.shape[2:]) for picture in pictures.values()}
    _claim(len(sizes) == 1, f'{about}: pictures of several sizes, {sorted(sizes)}')
    _claim(frames.dtype == torch.int64 and int(frames.min()) >= 0, f'{about}: frames {frames}')
    _claim(isinstance(sample['clip'], str) and bool(sample['clip']), f"{about}: 'clip' is a name")
    _claim((sample['index'], sample['epoch']) == (key.draw, key.epoch), f'{about}: index or epoch')


def _check_purity(dataset: Dataset, keys: Sequence[SampleKey], first: Sequence[dict]) -> None:
    """Ask for the samples again, in other ways; global random states differ each time."""
    name = type(dataset).__name__
    copied = pickle.loads(pickle.dumps(dataset))
    loader = DataLoader(dataset, batch_size=None, sampler=list(keys), num_workers=2)
    with _other_random_state(1):
        again = [dataset[key] for key in reversed(keys)][::-1]
    with _other_random_state(2):
        unpickled = [copied[key] for key in keys]
    with _other_random_state(3):
        ways = {'a second time': again, 'after a pickling': unpickled, 'from a worker': loader}
        for way, others in ways.items():
            for key, one, other in zip(keys, first, others, strict=True):
                different = _difference(one, other)
                _claim(
                    not different,
                    f"{name}[{key.index}] {way} has another {different}; draw from results['rng'] "
                    'alone, and keep nothing between samples',
                )


class _other_random_state:  # noqa: N801 - reads as the function that it is
    """Seeds the global generators, which no data set may use, and puts them back."""

    def __init__(self, seed: int):
        self.seed = seed

    def __enter__(self) -> None:
        self.saved = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
        random.seed(self.seed)
        np.random.seed(self.seed)  # noqa: NPY002
        torch.manual_seed(self.seed)

    def __exit__(self, *_: object) -> None:
        random.setstate(self.saved[0])
        np.random.set_state(self.saved[1])  # noqa: NPY002
        torch.set_rng_state(self.saved[2])


def _difference(one: dict, other: dict) -> str:
    """Return which entry differs, or ''."""
    if one.keys() != other.keys():
        return 'set of entries'
    for name, value in one.items():
        twin = other[name]
        equal = torch.equal(value, twin) if torch.is_tensor(value) else value == twin
        if not equal:
            return name
    return ''


def _refuses(dataset: Dataset, index: int) -> bool:
    try:
        dataset[index]
    except (IndexError, ValueError):
        return True
    return False


def _check_epochs(dataset: ClipDataset, keys: Sequence[SampleKey]) -> None:
    """Where the pipeline draws, pictures must change with the epoch."""
    drawn, seen = [], []
    for epoch in range(4):
        key = SampleKey(keys[0].index, keys[0].draw, epoch, keys[0].seed)
        results = dataset.start(key)
        for transform in dataset.transforms[:-1]:
            results = transform(results)
        drawn.append(repr(results['drawn']))
        sample = dataset[key]
        seen.append(b''.join(sample[name].numpy().tobytes() for name in PACKED if name in sample))
    _claim(
        len(set(drawn)) == 1 or len(set(seen)) > 1,
        f'{type(dataset).__name__}: four epochs drew differently and gave the same pictures',
    )


def _check_lengths(dataset: ClipDataset) -> None:
    """Make samples of one frame, and of more than the shortest clip has."""
    for count in (1, min(int(dataset.clip_lengths.min()) + 1, LONGEST)):
        clone = _again(dataset, num_frames=count)
        for index in (0, len(clone) - 1):
            found = len(clone[index]['frames'])
            _claim(found == count, f'a sample of {count} frames has {found} (item {index})')


def _check_names(dataset: ClipDataset) -> None:
    try:
        _again(dataset, names=[NO_CLIP])
    except DataError as error:
        _claim(NO_CLIP in str(error), f'a name that does not exist is not named: {error}')
        return
    raise AssertionError('a name that does not exist is not refused; call super().filter_data()')


def _again(dataset: ClipDataset, **changed: Any) -> ClipDataset:
    """Return the data set as if it had been made with other values."""
    clone = copy.copy(dataset)
    vars(clone).update(changed, _fully_initialized=False)
    clone.full_init()
    return clone
