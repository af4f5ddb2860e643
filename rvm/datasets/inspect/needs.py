"""Whether what is there is enough: sizes, lengths, numbers; and whether splits are apart."""

import os
from collections.abc import Iterator, Sequence

from rvm.datasets.inspect.fault import FAULT, WARNING, Fault, Findings, fault, show_size
from rvm.datasets.inspect.sources import Source, Use
from rvm.io.listing import name_some

TRAINING = 'training'


def check_needs(source: Source, clips: Sequence[Findings]) -> Iterator[Fault]:
    """Yield what the passes of a config lack of one source: size and length of its clips."""
    folder = getattr(source.dataset, 'folder', source.name)
    sized = [clip for clip in clips if clip.size is not None]
    for use in source.uses:
        for clip in sized:
            if use.min_size is not None and min(clip.size) < use.min_size:
                text = f'has {show_size(clip.size)} pixels; {use.place} wants a short side of '
                yield fault('small', clip.path, f'{text}{use.min_size} (min_size)')
    wants: dict[tuple, list[Use]] = {}
    for use in source.uses:
        if use.min_size is None:
            wants.setdefault(('small', use.size), []).append(use)
        wants.setdefault(('short', use.num_frames), []).append(use)
    for (kind, wanted), uses in wants.items():
        places = ' and '.join(dict.fromkeys(use.loader for use in uses))
        if wanted is None:
            continue
        if kind == 'small':
            under = [clip for clip in sized if min(clip.size) < wanted]
            if under:
                worst = min(under, key=lambda clip: min(clip.size))
                times = wanted / min(worst.size)
                text = f'{len(under)} of {len(clips)} are enlarged, up to {times:.1f} times, '
                text += f'to the {wanted} pixels of {places}; the smallest is {worst.name} '
                yield _warn(kind, folder, f'{text}({show_size(worst.size)})')
        else:
            short = [clip for clip in clips if 1 < clip.frames < wanted]
            if short:
                worst = min(short, key=lambda clip: clip.frames)
                text = f'{len(short)} of {len(clips)} have fewer than the {wanted} frames of '
                text += f'{places}, and run to and fro; the shortest is {worst.name} '
                yield _warn(kind, folder, f'{text}({worst.frames})')


def _warn(kind: str, folder: str | os.PathLike, text: str) -> Fault:
    return Fault(kind, str(folder), f'{folder}: {text}', WARNING)


def check_backgrounds(found: Sequence[tuple[Source, Sequence[Findings]]]) -> Iterator[Fault]:
    """Yield a warning for each training pass with fewer backgrounds than foregrounds."""
    numbers: dict[str, list[int]] = {}
    folders: dict[str, list[str]] = {}
    for source, clips in found:
        for use in source.uses:
            if use.split == TRAINING:
                counts = numbers.setdefault(use.loader, [0, 0])
                counts[use.is_background] += len(clips)
                if use.is_background:
                    folders.setdefault(use.loader, []).append(str(source.dataset.folder))
    for loader, (clips, backgrounds) in numbers.items():
        if loader in folders and backgrounds < clips:
            text = f'{backgrounds} backgrounds for {clips} foregrounds of {loader}; a network may '
            yield _warn('few', ' and '.join(folders[loader]), text + 'learn them by heart')


def check_splits(found: Sequence[tuple[Source, Sequence[Findings]]]) -> Iterator[Fault]:
    """Yield clips that stand in training and in validation or test, by place and by content."""
    for source, clips in found:
        splits = {use.split for use in source.uses}
        if TRAINING in splits and len(splits) > 1:
            others = ' and '.join(sorted(splits - {TRAINING}))
            text = f'all of its {len(clips)} clips are in training and in {others}'
            yield _shared(source, source, text)
    for training, clips in found:
        for held_out, others in found:
            if held_out is training or not _opposed(training, held_out):
                continue
            mine = {_place(training, clip): clip for clip in clips}
            same = [clip.name for clip in others if _place(held_out, clip) in mine]
            if same:
                text = f'{len(same)} clips are in training and in {_split(held_out)}, by name: '
                yield _shared(training, held_out, text + name_some(same))
            yield from _equal_contents(training, clips, held_out, others, set(same))


def _equal_contents(
    training: Source,
    clips: Sequence[Findings],
    held_out: Source,
    others: Sequence[Findings],
    named: set[str],
) -> Iterator[Fault]:
    by_digest = {clip.digest: clip for clip in clips if clip.digest is not None}
    for other in others:
        clip = by_digest.get(other.digest)
        if clip is not None and other.name not in named:
            serious = clip.name == other.name and not _is_background(training)
            text = f'holds the pictures of {clip.path}: {_split(held_out)} and training share them'
            yield fault('overlap', other.path, text, FAULT if serious else WARNING)


def _shared(training: Source, held_out: Source, text: str) -> Fault:
    severity = WARNING if _is_background(training) else FAULT
    path = str(held_out.dataset.folder)
    return Fault('overlap', path, f'{path}: {text}; leave them out of one (exclude)', severity)


def _opposed(training: Source, held_out: Source) -> bool:
    """Return whether one source trains, and the other one, of the same kind, does not."""
    return (
        any(use.split == TRAINING for use in training.uses)
        and all(use.split != TRAINING for use in held_out.uses)
        and _is_background(training) == _is_background(held_out)
    )


def _is_background(source: Source) -> bool:
    return all(use.is_background for use in source.uses)


def _split(source: Source) -> str:
    return ' and '.join(dict.fromkeys(use.split for use in source.uses))


def _place(source: Source, clip: Findings) -> str:
    return os.path.join(source.folder, os.path.relpath(clip.path, source.dataset.folder))
