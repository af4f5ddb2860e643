"""VideoMatte240K: folders of JPEG (SD, HD) or pairs of mp4, as train and test.

Clips 0000, 0100, 0200 and 0300 of the training set become the validation set.
"""

from pathlib import Path, PurePosixPath

from rvm.datasets.prepare.clips import Clip, WriteFrames, find_clips
from rvm.datasets.prepare.inputs import Tree, check_apart
from rvm.datasets.prepare.names import SPLITS
from rvm.datasets.prepare.pictures import Encoding
from rvm.datasets.prepare.plan import PlaceFile, PlaceFolder, Plan
from rvm.errors import DataError

VALID_CLIPS = ('0000', '0100', '0200', '0300')
STREAMS = ('fgr', 'pha')


def plan_videomatte(
    source: str | Path,
    out: str | Path,
    *,
    mode: str = 'link',
    extract_frames: bool = False,
    encoding: Encoding | None = None,
    valid_clips: tuple[str, ...] = VALID_CLIPS,
) -> Plan:
    """Plan `out/{train,valid,test}/{fgr,pha}/<clip>`.

    Args:
        source: Holds `train` and `test` (or only one of them), at the top or one or more folders
            down, each with `fgr/<clip>` and `pha/<clip>`: folders of images, or video files.
        out: Folder of the data set.
        mode: See `PlaceFile`.
        extract_frames: Turn video files into folders of JPEG; else they are taken as they are.
        encoding: Of these JPEG.
        valid_clips: Clips of train that go to valid.
    """
    out, encoding, plan = Path(out), encoding or Encoding(), Plan(splits=SPLITS)
    check_apart(Path(source), out)
    tree = Tree(source, sequential=not extract_frames)
    if extract_frames:
        plan.settings = {'extract_frames': True, **encoding.settings()}
    pairs = _pair(find_clips(tree.entries), plan, source)
    if not pairs:
        raise DataError(
            f'{source} holds no clip below train/fgr, train/pha, test/fgr or test/pha; give the '
            'folder or archive that holds train'
        )
    if any(split == 'train' for split, _ in pairs):
        absent = [name for name in valid_clips if ('train', name) not in pairs]
        if absent:
            plan.notes.append(f'of the validation clips, {", ".join(absent)} are not in train')
    for (split, name), (fgr, pha) in pairs.items():
        goal = 'valid' if split == 'train' and name in valid_clips else split
        if not fgr.is_video and not _equal_frames(fgr, pha, plan):
            continue
        for stream, clip, partner in (('fgr', fgr, pha), ('pha', pha, fgr)):
            label, folder = f'{goal}/{stream}', out / goal / stream
            if clip.is_video and extract_frames:
                grey, other = stream == 'pha', partner.blobs[0]
                plan.add(
                    WriteFrames(label, folder / name, clip, encoding, grey=grey, partner=other)
                )
            elif clip.is_video:
                suffix = PurePosixPath(clip.place).suffix
                plan.add(PlaceFile(label, folder / f'{name}{suffix}', clip.blobs[0], mode))
            else:
                files = tuple((blob.file_name, blob) for blob in clip.blobs)
                plan.add(PlaceFolder(label, folder / name, files, mode))
    return plan


def _pair(
    clips: list[Clip], plan: Plan, source: str | Path
) -> dict[tuple[str, str], tuple[Clip, Clip]]:
    """Return (split, name) -> foreground and alpha; a clip without its other is a fault."""
    found: dict[tuple[str, str, str], Clip] = {}
    for clip in clips:
        *_, split, stream, _name = ('', '', *clip.place.split('/'))
        if split not in ('train', 'valid', 'test') or stream not in STREAMS:
            plan.notes.append(f'{clip.place} of {source} is no clip of fgr or pha: left out')
            continue
        key = (split, stream, clip.name)
        if key in found:
            plan.faults.append(f'{found[key].place} and {clip.place} have one name; remove one')
        found[key] = clip
    pairs = {}
    for split, stream, name in found:
        other = STREAMS[1 - STREAMS.index(stream)]
        if (split, other, name) not in found:
            clip = found[split, stream, name]
            plan.faults.append(f'{clip.place} of {source} has no {split}/{other}/{name} beside it')
        elif stream == 'fgr':
            fgr, pha = found[split, 'fgr', name], found[split, 'pha', name]
            if fgr.is_video == pha.is_video:
                pairs[split, name] = (fgr, pha)
            else:
                plan.faults.append(
                    f'{fgr.place} and {pha.place}: one is a video and one a folder of frames'
                )
    return pairs


def _equal_frames(fgr: Clip, pha: Clip, plan: Plan) -> bool:
    """Return whether both have the same frames; say which lack their other if not."""
    names = [{PurePosixPath(blob.file_name).stem for blob in clip.blobs} for clip in (fgr, pha)]
    for clip, lacking in ((pha, names[0] - names[1]), (fgr, names[1] - names[0])):
        if lacking:
            plan.faults.append(
                f'{clip.place} lacks {len(lacking)} frames that its other has: '
                f'{", ".join(sorted(lacking))}'
            )
    return names[0] == names[1]
