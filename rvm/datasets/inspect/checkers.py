"""What there is to check of a source: one function for each class of data set.

A plugin brings its own with `@checks(MyDataset)`. Without one, a subclass is checked as the class
that it stands on; a subclass of `RecordDataset` alone by its records (see `records`).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from torch.utils.data import Dataset

from rvm.datasets.inspect.fault import Fault, fault, from_error, warning
from rvm.datasets.inspect.job import Job
from rvm.datasets.record_dataset import RecordDataset
from rvm.errors import DataError
from rvm.io.listing import name_some, stem

Checker = Callable[[Dataset], Iterator[Fault | Job]]

CHECKERS: dict[type, Checker] = {}


def checks(*classes: type) -> Callable[[Checker], Checker]:
    """Register a checker: a generator that takes a data set and yields faults and jobs.

    The data set is built without pipeline and backgrounds, and has not listed anything yet: a
    checker makes its own list, which does not end at the first fault.
    """

    def register(checker: Checker) -> Checker:
        for cls in classes:
            CHECKERS[cls] = checker
        return checker

    return register


def checker_of(cls: type) -> Checker | None:
    """Return the checker of a class or of the nearest class that it stands on."""
    return next((CHECKERS[base] for base in cls.__mro__ if base in CHECKERS), None)


def selected(
    dataset: RecordDataset, there: Sequence[str], folder: Path
) -> tuple[set[str], list[Fault]]:
    """Apply the name lists of a data set.

    Args:
        dataset: Its `names` and `exclude` count.
        there: All clips that there are.
        folder: For messages.

    Returns:
        The clips to check, and what is wrong with the lists.
    """
    if not there:
        return set(), [fault('nothing', folder, f'holds no clip for {type(dataset).__name__}')]
    kept, faults = set(there), []
    for argument in ('names', 'exclude'):
        listed = getattr(dataset, argument)
        if listed is None:
            continue
        try:
            names = dataset.read_names(listed)
        except (DataError, OSError, UnicodeDecodeError) as error:
            faults.append(from_error('names', str(listed), error))
            continue
        below = Path(dataset.data_root or '', listed) if isinstance(listed, str) else folder
        place = below if below.exists() else Path(listed)
        what = f'({argument} of {type(dataset).__name__})'
        stems = [stem(name) for name in names]
        named = set(stems)
        absent = sorted(named - {stem(name) for name in there})
        twice = sorted(name for name, count in Counter(stems).items() if count > 1)
        if not names:
            faults.append(fault('names', place, f'{what} names nothing'))
        if absent:
            text = f'{what} names {len(absent)} that are not in {folder}: {name_some(absent)}'
            faults.append(fault('names', place, text))
        if twice:
            faults.append(warning('names-twice', place, f'{what} names twice: {name_some(twice)}'))
        matching = {name for name in there if stem(name) in named}
        kept = kept & matching if argument == 'names' else kept - matching
    if not kept:
        faults.append(
            fault('nothing', folder, f'has {len(there)} clips; the name lists leave none')
        )
    return kept, faults
