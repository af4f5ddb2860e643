r"""Bring a data set from what its site hands out to the layout that training reads.

R=data; D=downloads                   # inputs are folders or archives, and are never touched
python tools/prepare_data.py videomatte $D/VideoMatte240K_JPEG_SD.tar $R/VideoMatte240K_JPEG_SD
python tools/prepare_data.py imagematte $R/ImageMatte --d646 $D/Train/FG $D/Train/GT \
    --aim $D/Other/fg $D/Other/alpha --train-list train.txt --valid-list valid.txt
python tools/prepare_data.py background-videos $D/dvm $R/BackgroundVideos --train-list clips.txt
python tools/prepare_data.py backgrounds $D/photos $R/Backgrounds --valid-every 40
python tools/prepare_data.py coco $D/train2017.zip $D/panoptic_annotations_trainval2017.zip $R/coco
python tools/prepare_data.py youtubevis $D/train.zip $R/YouTubeVIS
python tools/prepare_data.py supervisely $D/persons.tar $R/SuperviselyPersonDataset --max-side 1600

--dry-run looks at everything and writes nothing. A run that was ended goes on when started again.
"""

import argparse
import os
import sys
from pathlib import Path

from rvm.cli import run_tool
from rvm.datasets import prepare
from rvm.datasets.prepare import Outcome, Plan
from rvm.errors import DataError

WHOLE = ('coco', 'youtubevis')
"""Sources that are used as a whole or not at all: one JSON names all their files."""
COUNTS = ('made', 'to make', 'kept', 'failed', 'linked', 'copied', 'unpacked', 'written')


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sources = parser.add_subparsers(dest='source', required=True, metavar='SOURCE')

    source = add_source(sources, 'videomatte', 'VideoMatte240K: JPEG folders or mp4 pairs')
    source.add_argument('--extract-frames', action='store_true', help='mp4 to folders of JPEG')
    add_encoding(source, max_side=False)

    source = add_source(sources, 'imagematte', 'Distinctions-646 and Adobe', inputs=None)
    pair = {'nargs': 2, 'metavar': ('FGR', 'ALPHA'), 'action': 'append', 'default': []}
    source.add_argument('--d646', **pair, help='folders of Distinctions-646; repeat for more')
    source.add_argument('--aim', **pair, help='folders of Adobe; repeat for more')
    add_lists(source, every=False)
    add_tests(source, 'foregrounds')

    source = add_source(sources, 'background-videos', 'DVM clips, or any videos')
    source.add_argument('--frames', type=int, default=100, help='of each clip (default 100)')
    add_lists(source)
    add_tests(source, 'clips')
    add_encoding(source)

    source = add_source(sources, 'backgrounds', 'still images', inputs='+')
    add_lists(source)
    add_encoding(source)

    source = add_source(sources, 'coco', 'COCO 2017, panoptic', inputs='+')
    source.add_argument('--split', default='train2017', choices=('train2017', 'val2017'))

    source = add_source(sources, 'youtubevis', 'YouTubeVIS 2019 or 2021', inputs='+')
    source.add_argument('--split', default='train', help='train (default), where there are more')

    source = add_source(sources, 'supervisely', 'Supervisely Person: their JSON to PNG')
    source.add_argument(
        '--classes', default='person', help='beginning of the classes in the masks (person)'
    )
    add_encoding(source)
    return parser.parse_args()


def add_source(
    sources: argparse._SubParsersAction, name: str, help: str, inputs: str | int | None = 1
) -> argparse.ArgumentParser:
    """Add a source with what all have in common; `inputs` is the number of them."""
    source = sources.add_parser(name, help=help, description=help)
    if inputs is not None:
        text = 'folder, .zip, .tar, or folder in an archive'
        source.add_argument('input', nargs=inputs, help=text)
    source.add_argument('out', type=Path, help='folder of the data set')
    source.add_argument(
        '--mode',
        default='link',
        choices=('link', 'copy', 'symlink'),
        help='files that stay as they are: hard links (default; copies on another disk), copies '
        'or symbolic links; archives are unpacked',
    )
    source.add_argument('--workers', type=int, default=os.cpu_count(), help='processes')
    source.add_argument('--dry-run', action='store_true', help='look and check, write nothing')
    source.add_argument(
        '--skip-faulty', action='store_true', help='leave out what is wrong, and do the rest'
    )
    return source


def add_lists(source: argparse.ArgumentParser, every: bool = True) -> None:
    """Add the lists of names that say what goes where."""
    source.add_argument('--train-list', help='text file of names; without it: all others')
    source.add_argument('--valid-list', help='text file of names for validation')
    if every:
        source.add_argument(
            '--valid-every', type=int, help='without a list: every N-th goes to validation'
        )


def add_tests(source: argparse.ArgumentParser, what: str) -> None:
    """Add what training should not have."""
    source.add_argument(
        '--test-list', action='append', default=[], help='names in it and in training are reported'
    )
    source.add_argument('--test-input', action='append', default=[], help=f'{what} to compare with')


def add_encoding(source: argparse.ArgumentParser, max_side: bool = True) -> None:
    """Add how JPEG are written."""
    source.add_argument('--quality', type=int, default=95, help='of JPEG that is written (95)')
    source.add_argument(
        '--chroma', default='444', choices=('444', '420'), help='of JPEG that is written (444)'
    )
    if max_side:
        source.add_argument('--max-side', type=int, help='reduce the longer side to this')


def make_plan(args: argparse.Namespace) -> Plan:
    """Plan what the arguments ask for."""
    given = vars(args)
    options = {'mode': args.mode}
    if 'quality' in given:
        options['encoding'] = prepare.Encoding(args.quality, args.chroma, given.get('max_side'))
    if 'train_list' in given:
        for split in ('train', 'valid'):
            path = given[f'{split}_list']
            options[split] = None if path is None else prepare.read_list(path)
    if 'test_list' in given:
        options['test'] = [prepare.read_list(path) for path in args.test_list]
    for name in ('extract_frames', 'frames', 'valid_every', 'split', 'classes'):
        if name in given:
            options[name] = given[name]
    if args.source == 'imagematte':
        folders = {'D646': args.d646, 'Adobe': args.aim}
        return prepare.plan_imagematte(folders, args.out, test_folders=args.test_input, **options)
    if args.source == 'background-videos':
        if len(args.test_input) > 1:
            raise DataError('background-videos takes one --test-input')
        options['test_source'] = (args.test_input or [None])[0]
    plan = getattr(prepare, f'plan_{args.source.replace("-", "_")}')
    several = args.source in ('backgrounds', 'coco', 'youtubevis')
    return plan(args.input if several else args.input[0], args.out, **options)


def main() -> None:
    """Plan, refuse or do it, and say what was done."""
    args = parse_args()
    if args.workers < 1:
        raise DataError(f'--workers is {args.workers}; give 1 or more')
    if args.skip_faulty and args.source in WHOLE:
        raise DataError(
            f'{args.source} takes no --skip-faulty: training reads every file that its JSON names; '
            'mend or fetch again what is wrong'
        )
    plan = make_plan(args)
    plan.check_targets()
    prepare.check_splits(plan, args.out)
    prepare.check_record(args.out, args.source, plan)
    for note in plan.notes:
        print(f'note: {note}')
    go = args.dry_run or args.skip_faulty or not plan.faults
    outcome = Outcome()
    if go:
        if not args.dry_run:
            prepare.write_record(args.out, args.source, plan)
        look_only = args.dry_run or plan.in_place
        outcome = prepare.execute(plan.actions, args.workers, dry_run=look_only)
        report(args, plan, outcome)
    faults = plan.faults + outcome.faults
    for fault in faults:
        print(f'fault: {fault}', file=sys.stderr)
    for failure in outcome.failures:
        print(f'failed: {failure}', file=sys.stderr)
    sentence = complain(args, faults, outcome.failures, began=go and not plan.in_place)
    if sentence:
        raise DataError(sentence)


def complain(args: argparse.Namespace, faults: list[str], failures: list[str], began: bool) -> str:
    """Return what the run ends with if it ends badly; only faults of the input may be skipped."""
    parts = []
    skipped = args.skip_faulty and not args.dry_run
    if faults and not skipped:
        parts.append(f'{len(faults)} fault(s) in the input, named above')
    if failures:
        parts.append(f'{len(failures)} output(s) that cannot be made, named above')
    if not parts:
        return ''
    parts.append('all else is done' if began and not args.dry_run else 'nothing was written')
    if failures:
        parts.append(f'mend {args.out}, and start again')
    if faults and not skipped:
        skip = '' if args.source in WHOLE else ', or leave out what they name by --skip-faulty'
        parts.append(f'mend the faults{skip}' if failures else f'mend them{skip}')
    return '; '.join(parts)


def report(args: argparse.Namespace, plan: Plan, outcome: Outcome) -> None:
    """Say what was made, a line a split."""
    for label, counts in sorted(outcome.counts.items()):
        parts = [f'{counts[key]} {key}' for key in COUNTS if counts[key]]
        print(f'{label}: {", ".join(parts)} ({counts["bytes"] / 1e6:.1f} MB read)')
    copied = sum(counts['copied'] for counts in outcome.counts.values())
    if copied and args.mode != 'copy':
        print(f'note: {copied} files were copied, since they cannot be linked to {args.out}')
    others = prepare.strangers(plan.actions)
    if others:
        names = ', '.join(str(path.relative_to(args.out)) for path in others[:10])
        more = ', ...' if len(others) > 10 else ''
        print(f'note: {len(others)} entries of {args.out} are not of this input: {names}{more}')
    did = 'checked' if plan.in_place else 'would write' if args.dry_run else 'wrote'
    print(f'{did} {args.out}')


if __name__ == '__main__':
    run_tool(main)
