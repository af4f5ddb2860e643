"""What headers tell before anything is decoded: sizes, bit depths, alpha channels."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from rvm.errors import MediaError
from rvm.evaluation.folders.faults import Faults
from rvm.evaluation.folders.frame_stream import Header
from rvm.evaluation.folders.paired_clip import PairedClip

THREADS = 8
AT_ONCE = 4096
"""Headers that are read together."""


def check_headers(clips: Iterable[PairedClip], faults: Faults) -> None:
    """Compare sizes and bit depths with those of the first true frame; refuse alpha channels.

    Args:
        clips: In which 'true_pha', if it is there, comes first.
        faults: Where faults are added.
    """
    first: dict[tuple[str, str], Header] = {}
    for clip, key, number, header in _read_headers(clips):
        if isinstance(header, MediaError):
            faults.add('files that cannot be read', str(header))
            continue
        where = clip.streams[key].describe(number)
        size = first.setdefault((clip.name, 'size'), header).size
        depth = first.setdefault((clip.name, key.partition('_')[2]), header).depth
        if header.size != size:
            kind = 'pictures of another size than the first true one of their clip, resize them'
            faults.add(kind, f'{where} ({_show(header.size)}, not {_show(size)})')
        if header.depth != depth:
            kind = 'pictures of another bit depth than the first true one, convert them'
            faults.add(kind, f'{where} ({header.depth} bits, not {depth})')
        if header.has_alpha:
            kind = 'pictures with an alpha channel, save alpha as grey pictures, colours as RGB'
            faults.add(kind, where)


def _read_headers(
    clips: Iterable[PairedClip],
) -> Iterator[tuple[PairedClip, str, int, Header | MediaError]]:
    """Yield clips, keys of streams and numbers with their headers, in order; read in threads."""
    places = (
        (clip, key, number)
        for clip in clips
        for key, stream in clip.streams.items()
        if key != 'src'
        for number in range(stream.num_headers)
    )

    def read(place: tuple[PairedClip, str, int]) -> Header | MediaError:
        clip, key, number = place
        try:
            return clip.streams[key].header(number)
        except MediaError as error:
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        while batch := list(islice(places, AT_ONCE)):
            for place, header in zip(batch, pool.map(read, batch), strict=True):
                yield *place, header


def _show(size: tuple[int, int]) -> str:
    return f'{size[1]}x{size[0]}'
