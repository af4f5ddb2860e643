"""What sources of foregrounds have in common: pairs by name, and a least size."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rvm.datasets.clip_dataset import ClipDataset
from rvm.datasets.listing import THREADS
from rvm.errors import ConfigError, DataError
from rvm.io.listing import name_some


class MattingDataset(ClipDataset):
    """A `ClipDataset` whose records hold a foreground with its alpha, 'fgr'.

    Args:
        min_size: Refuse footage whose short side is smaller, in pixels: it would be enlarged. The
            header of one frame a clip is read at the start. None takes any size.
    """

    def __init__(self, *, min_size: int | None = None, **kwargs: Any):
        if min_size is not None and min_size < 1:
            raise ConfigError(f'{type(self).__name__}: min_size must be 1 or more, not {min_size}')
        self.min_size = min_size
        super().__init__(**kwargs)

    def filter_data(self) -> list[dict]:
        """Keep what the name lists ask for; refuse what is smaller than `min_size`."""
        records = super().filter_data()
        if self.min_size is None:
            return records
        with ThreadPoolExecutor(THREADS) as pool:
            sizes = list(pool.map(lambda record: record['fgr'].size(), records))
        small = [
            f'{record["clip"]} ({width}x{height})'
            for record, (height, width) in zip(records, sizes, strict=True)
            if min(height, width) < self.min_size
        ]
        if small:
            raise DataError(
                f'{self.folder}: the short side of {len(small)} of {len(records)} clips is under '
                f'{self.min_size} pixels (min_size), and they would be enlarged: '
                f'{name_some(small)}; give footage of the size that the stage trains at, exclude '
                'them, or set min_size=None'
            )
        return records
