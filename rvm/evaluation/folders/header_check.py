"""What headers tell before anything is decoded: sizes, bit depths, alpha channels."""

from collections.abc import Iterable

from rvm.errors import MediaError
from rvm.evaluation.folders.faults import Faults
from rvm.evaluation.folders.paired_clip import PairedClip
from rvm.io.image_file import ImageHeader
from rvm.io.threads import read_in_threads


def check_headers(clips: Iterable[PairedClip], faults: Faults) -> set[str]:
    """Compare sizes and bit depths with those of the first true frame; refuse alpha channels.

    Args:
        clips: In which 'true_pha', if it is there, comes first, and 'src' last.
        faults: Where faults are added.

    Returns:
        Names of the clips whose sources cannot be read or have another size. That is no fault:
        they are only shown.
    """
    odd: set[str] = set()
    first: dict[tuple[str, str], ImageHeader] = {}
    places = (
        (clip, key, number)
        for clip in clips
        for key, stream in clip.streams.items()
        for number in range(stream.num_headers)
    )
    for (clip, key, number), header in read_in_threads(_read_header, places):
        if key == 'src':
            true = first.get((clip.name, 'size'))
            if isinstance(header, MediaError) or (true and header.size != true.size):
                odd.add(clip.name)
            continue
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
    return odd


def _read_header(place: tuple[PairedClip, str, int]) -> ImageHeader:
    clip, key, number = place
    return clip.streams[key].header(number)


def _show(size: tuple[int, int]) -> str:
    return f'{size[1]}x{size[0]}'
