"""Lists of names, as the authors of data sets publish them, and which split a name goes to."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rvm.errors import DataError
from rvm.io import is_image, is_video, natural_key

SPLITS = ('train', 'valid')


@dataclass(frozen=True)
class NameList:
    """The names of a text file, one a line.

    Attributes:
        path: The file, for messages.
        names: Without folders; suffixes stay.
    """

    path: Path
    names: tuple[str, ...]

    @property
    def stems(self) -> list[str]:
        """The names without the suffixes of images and videos."""
        return [stem(name) for name in self.names]


def read_list(path: str | Path) -> NameList:
    """Read a list of names; empty lines and those that begin with '#' are left out.

    Raises:
        DataError: It cannot be read, holds no name, or holds one twice.
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding='utf-8-sig').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f'the list {path} cannot be read as UTF-8 text ({error})') from error
    lines = [line.strip() for line in lines]
    names = tuple(PurePosixPath(line).name for line in lines if line and line[0] != '#')
    if not names:
        raise DataError(f'the list {path} holds no name; give one name a line')
    twice = [name for name, count in Counter(map(stem, names)).items() if count > 1]
    if twice:
        raise DataError(f'the list {path} holds these names twice: {", ".join(twice)}')
    return NameList(path, names)


def stem(name: str) -> str:
    """Return a name by which files are matched: without the suffix of an image or a video.

    In one Unicode form, since archives made on a Mac decompose accents.
    """
    name = unicodedata.normalize('NFC', name)
    return PurePosixPath(name).stem if is_image(name) or is_video(name) else name


def split_names(
    available: Iterable[str],
    train: NameList | None,
    valid: NameList | None,
    valid_every: int | None = None,
) -> tuple[dict[str, list[str]], list[str]]:
    """Return split -> stems in natural order, and a sentence for each list that lacks some.

    A list takes its names. Without one of them, 'valid' gets every `valid_every`-th name (or none)
    of those that are in no list, and 'train' all the rest.

    Args:
        available: Stems of the input.
        train: List of the training names.
        valid: List of the validation names.
        valid_every: 10 puts the 10th, 20th, ... name into 'valid'; only without its list.

    Raises:
        DataError: `valid_every` is below 1, or stands beside a list.
    """
    if valid_every is not None and valid_every < 1:
        raise DataError(f'--valid-every is {valid_every}; give 1 or more')
    if valid_every is not None and valid is not None:
        raise DataError(
            f'--valid-every {valid_every} has no meaning beside the list {valid.path} of '
            'validation; give one of them'
        )
    available = sorted(set(available), key=natural_key)
    splits: dict[str, list[str]] = {'train': [], 'valid': []}
    faults = []
    for split, names in (('train', train), ('valid', valid)):
        if names is None:
            continue
        known = set(available)
        splits[split] = [name for name in names.stems if name in known]
        missing = [name for name in names.names if stem(name) not in known]
        if missing:
            faults.append(
                f'{len(missing)} of {len(names.names)} names of {names.path} are not in the input: '
                f'{", ".join(missing)}'
            )
    if valid_every is not None:
        taken = set(splits['train'])
        rest = [name for name in available if name not in taken]
        splits['valid'] = rest[valid_every - 1 :: valid_every]
    if train is None:
        taken = set(splits['valid'])
        splits['train'] = [name for name in available if name not in taken]
    return {split: sorted(names, key=natural_key) for split, names in splits.items()}, faults


def split_settings(
    train: NameList | None, valid: NameList | None, valid_every: int | None = None
) -> dict[str, object]:
    """Return what `split_names` goes by as plain values; a list is its length and a digest."""
    settings: dict[str, object] = {'valid_every': valid_every}
    for split, names in (('train', train), ('valid', valid)):
        if names is not None:
            digest = hashlib.sha256('\n'.join(sorted(names.names)).encode()).hexdigest()[:12]
            settings[f'{split}_list'] = f'{len(names.names)} names, digest {digest}'
    return settings


def overlaps(
    lists: Mapping[str, NameList | Sequence[NameList]], compare: Callable[[str, str, str, str], str]
) -> list[str]:
    """Return sentences on the names that stand in two lists.

    Args:
        lists: Split -> its list, or several.
        compare: From split, name, other split, other name to a verdict on the contents.
    """
    flat = [
        (split, names)
        for split, given in lists.items()
        for names in ([given] if isinstance(given, NameList) else given)
    ]
    notes = []
    for place, (split, names) in enumerate(flat):
        for other_split, other in flat[place + 1 :]:
            if other_split == split:
                continue
            theirs = dict(zip(other.stems, other.names, strict=True))
            verdicts: dict[str, list[str]] = {}
            for name in sorted(names.names, key=natural_key):
                if stem(name) in theirs:
                    verdict = compare(split, name, other_split, theirs[stem(name)])
                    verdicts.setdefault(verdict, []).append(name)
            for verdict, shared in verdicts.items():
                notes.append(
                    f'{len(shared)} names stand in both {names.path.name} ({split}) and '
                    f'{other.path.name} ({other_split}), {verdict}: {", ".join(shared)}'
                )
    return notes
