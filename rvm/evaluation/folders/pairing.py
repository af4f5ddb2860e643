"""Predicted clips beside the true ones, frame by frame; whatever does not fit is found first."""

from dataclasses import replace
from pathlib import Path

from rvm.errors import DataError, MediaError
from rvm.evaluation.folders.faults import Faults
from rvm.evaluation.folders.frame_stream import FrameStream
from rvm.evaluation.folders.header_check import check_headers
from rvm.evaluation.folders.image_stream import ImageStream
from rvm.evaluation.folders.paired_clip import PairedClip
from rvm.evaluation.folders.set_listing import MATTE, find_clips, find_kind, open_stream
from rvm.io.listing import by_stem, folder_names, name_some

COLOUR, SOURCE = 'fgr', 'com'


def pair_folders(
    pred: Path,
    true: Path,
    *,
    need_colour: bool | None = None,
    with_source: bool = False,
    ignore_surplus: bool = False,
) -> tuple[list[PairedClip], list[str]]:
    """Pair the clips and frames of a prediction with those of the truth, which is listed.

    Images are paired by name without suffix, videos by position. Listings and headers are read.

    Args:
        pred: Holds `<dataset>/<clip>/{pha,fgr}`, folders of images or videos.
        true: Holds `<dataset>/<clip>/{pha,fgr,com}`.
        need_colour: Pair foregrounds: True refuses a prediction that has none, None takes it, and
            False pairs none.
        with_source: Pair the composites, too.
        ignore_surplus: Leave out predicted clips and frames that have no truth; else they are
            faults.

    Returns:
        The clips in natural order, and sentences on what is left out.

    Raises:
        DataError: Something does not fit; one sentence names all of it.
    """
    return _Pairing(pred, true, need_colour, with_source, ignore_surplus).run()


class _Pairing:
    """A run of `pair_folders`."""

    def __init__(
        self,
        pred: Path,
        true: Path,
        need_colour: bool | None,
        with_source: bool,
        ignore_surplus: bool,
    ):
        self.pred, self.true = pred, true
        self.need_colour = need_colour
        self.with_source = with_source
        self.ignore_surplus = ignore_surplus
        self.faults, self.surplus = Faults(), Faults()
        self.notes: list[str] = []

    def run(self) -> tuple[list[PairedClip], list[str]]:
        true_clips, pred_clips = find_clips(self.true), find_clips(self.pred)
        filled = {name.split('/')[0] for name in true_clips}
        empty = [name for name in folder_names(self.true) if name not in filled]
        self.faults.add('data sets without clips', *(str(self.true / name) for name in empty))
        bare = [str(folder) for folder in true_clips.values() if not find_kind(folder, MATTE)]
        self.faults.add(f'true clips without {MATTE}, add it or remove the folder', *bare)
        self._add_surplus(
            'clips', [str(pred_clips[name]) for name in self._strangers(pred_clips, true_clips)]
        )
        true_clips = {k: folder for k, folder in true_clips.items() if str(folder) not in bare}
        missing = [name for name in true_clips if name not in pred_clips]
        self.faults.add('missing clips', *missing)
        both = [name for name in true_clips if name in pred_clips]
        coloured = self._coloured(true_clips, {name: pred_clips[name] for name in both})
        clips = [
            self._pair(name, true_clips[name], pred_clips[name], name in coloured) for name in both
        ]
        odd = check_headers(clips, self.faults)
        self.faults.check(f'{self.pred} does not fit the truth {self.true}, nothing was evaluated')
        self.notes += [
            f'left out, since they have no truth: {note}' for note in self.surplus.parts()
        ]
        for clip in clips:
            if clip.name in odd:
                del clip.streams['src']
        without = [clip.name for clip in clips if 'src' not in clip.streams]
        if self.with_source and without:
            self.notes.append(
                f'{len(without)} of {len(clips)} clips lack {SOURCE}, or have frames of it that '
                'are missing, damaged or of another size: their pictures in the report show no '
                f'source: {name_some(without)}'
            )
        return clips, self.notes

    def _strangers(self, pred_clips: dict[str, Path], true_clips: dict[str, Path]) -> list[str]:
        """Return predicted clips without truth; folders without pictures of a kind are none."""
        return [
            name
            for name, folder in pred_clips.items()
            if name not in true_clips and any(find_kind(folder, kind) for kind in (MATTE, COLOUR))
        ]

    def _add_surplus(self, what: str, names: list[str]) -> None:
        if self.ignore_surplus:
            self.surplus.add(f'surplus {what}', *names)
        else:
            self.faults.add(f'surplus {what}, remove them or use --ignore-surplus', *names)

    def _coloured(self, true_clips: dict[str, Path], pred_clips: dict[str, Path]) -> set[str]:
        """Return which clips have a foreground in both; say or refuse what is not there."""
        if self.need_colour is False:
            return set()
        true = [name for name, folder in true_clips.items() if find_kind(folder, COLOUR)]
        pred = {name for name, folder in pred_clips.items() if find_kind(folder, COLOUR)}
        lacking = [name for name in true if name in pred_clips and name not in pred]
        if not true:
            self.notes.append(f'the truth has no {COLOUR}: the foreground is not measured')
        elif pred.isdisjoint(true) and not self.need_colour:
            self.notes.append(
                f'the prediction has no {COLOUR}, which {len(true)} true clips have: '
                'the foreground is not measured'
            )
        else:
            self.faults.add(
                f'clips without {COLOUR}, add it or ask for measures of {MATTE} only', *lacking
            )
        return pred.intersection(true)

    def _pair(self, name: str, true: Path, pred: Path, coloured: bool) -> PairedClip:
        """Pair the frames of a clip; where there are faults, as far as that goes."""
        truth = self._open(true, MATTE)
        streams = {} if truth is None else {f'true_{MATTE}': truth}
        for whose, folder, kind in (
            ('pred', pred, MATTE),
            *((('true', true, COLOUR), ('pred', pred, COLOUR)) if coloured else ()),
        ):
            stream = self._open(folder, kind)
            if stream is not None:
                streams[f'{whose}_{kind}'] = self._match(truth, stream, whose == 'pred')
        if truth is None:
            return PairedClip(name, (), streams)
        source = _find_source(true, truth) if self.with_source else None
        if source is not None:
            streams['src'] = source
        return PairedClip(name, tuple(truth.frame_names), streams)

    def _open(self, folder: Path, kind: str) -> FrameStream | None:
        found = find_kind(folder, kind)
        if not found:
            self.faults.add(f'clips without {kind}', str(folder))
            return None
        try:
            return open_stream(found)
        except (DataError, MediaError) as error:
            self.faults.add('sources of frames that cannot be used', str(error))
        return None

    def _match(
        self, truth: FrameStream | None, stream: FrameStream, is_prediction: bool
    ) -> FrameStream:
        """Return what of a stream belongs to the true mattes, in their order."""
        if truth is None:
            return stream
        aligned = _align(truth, stream)
        if aligned is None:
            self.faults.add(
                'clips of another length than the true mattes',
                f'{stream.where} ({len(stream)} frames, not {len(truth)})',
            )
            return stream
        found = set(aligned.frame_names)
        if len(aligned) < len(truth):
            missing = [name for name in truth.frame_names if name not in found]
            self.faults.add('missing frames', *(str(stream.where / name) for name in missing))
        if len(aligned) < len(stream) and is_prediction:
            surplus = [name for name in stream.frame_names if name not in found]
            self._add_surplus('frames', [str(stream.where / name) for name in surplus])
        return aligned


def _align(truth: FrameStream, stream: FrameStream) -> FrameStream | None:
    """Return what of a stream belongs to the true mattes, in their order; None if nobody knows."""
    if not (isinstance(truth, ImageStream) and isinstance(stream, ImageStream)):
        return stream if len(stream) == len(truth) else None
    there, _ = by_stem(stream.names)
    return replace(stream, names=tuple(there[name] for name in truth.frame_names if name in there))


def _find_source(clip: Path, truth: FrameStream) -> FrameStream | None:
    """Return the composites of a clip, if there is one for each true matte."""
    found = find_kind(clip, SOURCE)
    try:
        stream = _align(truth, open_stream(found)) if found else None
    except (DataError, MediaError):
        return None
    return stream if stream is not None and len(stream) == len(truth) else None
