import json

from rvm.datasets.inspect import Fault, Findings, Report
from rvm.datasets.inspect.report import Section
from rvm.datasets.inspect.sources import Source, Use


def make_report(quick=False):
    uses = [
        Use('train_dataloader.a.dataset', 'train_dataloader.a', 'training', 3, 9, False),
        Use('val_dataloader.dataset', 'val_dataloader', 'validation', 3, 9, False),
    ]
    clips = [
        Findings('1', '/d/1', [], 4, 8, 200_000_000, (9, 16)),
        Findings('2', '/d/2', [], 6, 12, 100_000_000, (9, 16)),
        Findings('3', '/d/3', [], 1, 2, 0, None),
    ]
    faults = [
        Fault('gap', '/d/1', '/d/1 lacks frames', 'warning'),
        Fault('empty', '/d/3', '/d/3 is empty'),
        Fault('empty', '/d/3', '/d/3 is empty'),
    ]
    section = Section.of(Source('Clips /d', {}, uses), clips, faults)
    other = Section('Stills /s', ['val_dataloader.b'], ['val_dataloader'], 2, 2, 2, 10)
    return Report(quick, [section, other], [Fault('overlap', '/d/2', '/d/2 is shared')])


def test_numbers_and_order():
    report = make_report()
    section = report.sections[0]
    assert (section.clips, section.frames, section.files) == (3, 11, 22)
    assert section.sizes == {'16x9': 2}
    assert [fault.kind for fault in section.faults] == ['empty', 'gap']
    assert (report.count('fault'), report.count('warning')) == (2, 1)


def test_text_names_every_path_and_sums_up_passes():
    text = make_report().to_text()
    lines = text.splitlines()
    assert lines[:4] == [
        'Clips /d',
        '  used by train_dataloader.a.dataset, val_dataloader.dataset',
        '  3 clips, 11 frames, 0.30 GB',
        '  16x9 (2)',
    ]
    assert '  fault   empty: /d/3 is empty' in lines
    assert '  warning gap: /d/1 lacks frames' in lines
    assert '  fault   overlap: /d/2 is shared' in lines
    assert 'train_dataloader.a: 3 clips, 11 frames, 0.30 GB' in lines
    assert 'val_dataloader: 5 clips, 13 frames, 0.30 GB' in lines
    assert lines[-1] == '2 faults and 1 warnings'
    assert make_report(quick=True).to_text().endswith('(headers only)\n')


def test_plain_values_hold_all_of_it():
    plain = json.loads(json.dumps(make_report().to_dict()))
    assert plain['sources'][0]['faults'][0] == {
        'kind': 'empty',
        'path': '/d/3',
        'text': '/d/3 is empty',
        'severity': 'fault',
    }
    assert plain['across'][0]['kind'] == 'overlap'
    assert plain['passes']['val_dataloader']['num_bytes'] == 300_000_010
    assert (plain['faults'], plain['warnings'], plain['quick']) == (2, 1, False)
