"""What all sources have in common: records, one a clip, from a folder below the data root."""

import glob
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from mmengine.dataset import BaseDataset

from rvm.errors import DataError
from rvm.io.listing import name_some, stem

LEAVE_OUT = (
    'set the data root (--data-root, RVM_DATA_ROOT), or leave the source out (None in the config)'
)


class RecordDataset(BaseDataset):
    """Records of the clips below a folder: what exists, and nothing about what is done with it.

    A subclass writes `load_data_list`. Records are kept pickled in one array (mmengine's
    `serialize_data`), which all workers share: their memory does not grow with the index.

    Args:
        data_root: The root of all data sets.
        path: Folder of this one, below `data_root`.
        names: Use only these clips: a list, or a text file with one name a line, whose path is
            taken below `data_root` if it is there. Suffixes of image files do not matter.
        exclude: Leave these clips out; as `names`. What is wrong with them does not matter.
    """

    def __init__(
        self,
        *,
        data_root: str = '',
        path: str = '',
        names: str | Sequence[str] | None = None,
        exclude: str | Sequence[str] | None = None,
        pipeline: Sequence = (),
        **kwargs: Any,
    ):
        self.path = path
        self.names = names
        self.exclude = exclude
        super().__init__(data_root=data_root, pipeline=list(pipeline), **kwargs)

    @cached_property
    def _name_sets(self) -> tuple[set[str] | None, set[str]]:
        names = None if self.names is None else set(map(stem, self.read_names(self.names)))
        return names, set(map(stem, self.read_names(self.exclude or [])))

    def is_wanted(self, name: str) -> bool:
        """Return whether `names` and `exclude` leave the clip of this name in."""
        names, excluded = self._name_sets
        return (names is None or stem(name) in names) and stem(name) not in excluded

    @property
    def folder(self) -> Path:
        """The folder of this source."""
        return Path(self.data_root or '', self.path)

    def load_data_list(self) -> list[dict]:
        """Return one record a clip: a plain dict with 'clip', its name, and `FrameSource`s."""
        raise NotImplementedError(f'{type(self).__name__} must define load_data_list')

    def filter_data(self) -> list[dict]:
        """Keep the clips that `names` and `exclude` ask for; every name must be there."""
        records = self.data_list
        if not records and self.names is None and self.exclude is None:
            raise DataError(f'{self.folder} holds no clip for {type(self).__name__}; {LEAVE_OUT}')
        if self.names is not None:
            self._refuse_absent(self.names, 'names')
        if self.exclude is not None:
            self._refuse_absent(self.exclude, 'exclude')
        records = [record for record in records if self.is_wanted(record['clip'])]
        if not records:
            raise DataError(f'{self.folder}: names and exclude leave no clip')
        return records

    def need_folder(self, *parts: str) -> Path:
        """Return a folder below this source, or say that it is missing and what to do."""
        folder = self.folder.joinpath(*parts)
        if not folder.is_dir():
            raise DataError(f'{folder} does not exist ({type(self).__name__}); {LEAVE_OUT}')
        return folder

    def need_file(self, *parts: str) -> Path:
        """Return a file below this source, or say that it is missing and what to do."""
        file = self.folder.joinpath(*parts)
        if not file.is_file():
            raise DataError(f'{file} does not exist ({type(self).__name__}); {LEAVE_OUT}')
        return file

    def read_names(self, names: str | Sequence[str]) -> list[str]:
        """Return the names of a list, or of a text file; empty lines and '#' lines are ignored."""
        if not isinstance(names, str):
            return [str(name) for name in names]
        below = Path(self.data_root or '', names)
        file = below if below.is_file() else Path(names)
        if not file.is_file():
            raise DataError(f'the name list {names} is neither below {self.data_root} nor a file')
        lines = (line.strip() for line in file.read_text(encoding='utf-8-sig').splitlines())
        return [line for line in lines if line and not line.startswith('#')]

    def _refuse_absent(self, names: str | Sequence[str], argument: str) -> None:
        listed = self.read_names(names)
        there = {stem(record['clip']) for record in self.data_list}
        absent = [name for name in listed if stem(name) not in there]
        # What is excluded, `load_data_list` may have left out.
        excluded = self._name_sets[1]
        absent = [
            name for name in absent if stem(name) not in excluded or not self._is_on_disk(name)
        ]
        if absent:
            raise DataError(
                f'{argument} of {type(self).__name__}: {len(absent)} of {len(listed)} are not in '
                f'{self.folder}: {name_some(absent)}'
            )

    def _is_on_disk(self, name: str) -> bool:
        start = glob.escape(stem(name)) + '*'
        found = (*self.folder.glob(start), *self.folder.glob(f'*/{start}'))
        return any(stem(path.name) == stem(name) for path in found)
