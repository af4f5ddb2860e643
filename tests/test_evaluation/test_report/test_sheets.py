import csv
import math

import numpy as np
import openpyxl
import pytest

from rvm.evaluation.report import sheets
from rvm.evaluation.report.sheets import sheet_names, write_csv, write_xlsx
from tests.test_evaluation.test_report.examples import make_clip, make_results


def read(path):
    book = openpyxl.load_workbook(path)
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def test_csv_holds_every_value(tmp_path):
    results = make_results()
    write_csv(results, tmp_path / 'a.csv')
    with open(tmp_path / 'a.csv', newline='', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    whose = ['set', 'protocol', 'dataset', 'clip']
    assert list(rows[0]) == [*whose, 'frame', *results.measures]
    assert {(row['set'], row['protocol']) for row in rows} == {('videomatte_512x288', 'low')}
    assert len(rows) == results.num_frames == 66
    found = iter(rows)
    for clip in results.clips:
        for number, frame in enumerate(clip.frames):
            row = next(found)
            assert (row['dataset'], row['clip']) == tuple(clip.clip.split('/'))
            assert row['frame'] == frame
            for name in results.measures:
                value = clip.values[name][number] if name in clip.values else math.nan
                assert row[name] == ('' if math.isnan(value) else repr(float(value)))
    assert [row['fgr_mad'] for row in rows[2:5]] == ['', '', '']
    assert rows[-1]['fgr_mad'] == ''


def test_xlsx_layout(tmp_path):
    results = make_results(notes=['a note'])
    write_xlsx(results, tmp_path / 'a.xlsx')
    book = read(tmp_path / 'a.xlsx')
    assert list(book) == ['summary', *results.measures]
    summary = book['summary']
    assert summary[0] == [
        'measure',
        'times',
        'videomatte_static',
        'videomatte_motion',
        'all, mean over clips',
        'all, mean over frames',
        'published: RVM MobileNetV3',
    ]
    for row, name in zip(summary[1:8], results.measures, strict=True):
        means = [
            results.of('videomatte_static').mean()[name],
            results.of('videomatte_motion').mean()[name],
            results.mean()[name],
            results.mean_over_frames()[name],
        ]
        assert (row[0], row[2:6]) == (name, pytest.approx(means))
    assert summary[1][6] == 6.08
    assert summary[7][6] is None
    assert ['protocol', None, 'low'] in [row[:3] for row in summary]
    assert ['note', None, 'a note'] in [row[:3] for row in summary]
    sheet = book['fgr_mad']
    assert sheet[0] == ['dataset', 'clip', 'mean', *results.clips[0].frames]
    assert len(sheet) == 7
    for row, clip in zip(sheet[1:], results.clips, strict=True):
        assert f'{row[0]}/{row[1]}' == clip.clip
        assert row[2] == pytest.approx(clip.mean('fgr_mad'))
        values = clip.values.get('fgr_mad', np.full(12, np.nan))
        shown = [math.nan if value is None else value for value in row[3:]]
        assert shown[: len(values)] == pytest.approx(values.tolist(), rel=1e-14, nan_ok=True)
        assert row[3 + len(values) :] == [None] * (12 - len(values))
    assert sheet[1][5:8] == [None] * 3
    assert sheet[6][2] is None


@pytest.mark.parametrize(
    ('most_columns', 'first', 'named'), [(sheets.MOST_COLUMNS, 'D2', 'A'), (5, 'B4', 'B')]
)
def test_values_are_shown_with_two_digits(tmp_path, monkeypatch, most_columns, first, named):
    monkeypatch.setattr(sheets, 'MOST_COLUMNS', most_columns)
    results = make_results(published={'theirs': {'pha_mad': 6}})
    write_xlsx(results, tmp_path / 'a.xlsx')
    book = openpyxl.load_workbook(tmp_path / 'a.xlsx')
    for sheet in book:
        is_summary = sheet.title == 'summary'
        assert sheet.freeze_panes == ('C2' if is_summary else first)
        width = sheet.column_dimensions['C' if is_summary else named].width
        assert len(results.clips[0].dataset) < width < 40
        for row in sheet.iter_rows():
            counts = is_summary and row[0].value in ('clips', 'frames')
            for cell in row:
                is_value = cell.data_type == 'n' and cell.value is not None and not counts
                assert cell.number_format == ('0.00' if is_value else 'General'), cell
    value = book['pha_mad'][first].value
    assert value == pytest.approx(results.clips[0].values['pha_mad'][0], rel=1e-14)
    assert value != round(value, 2)


def test_nothing_is_a_formula(tmp_path):
    results = make_results(notes=['=1+1', '#N/A'], published={'=cmd': {'pha_mad': 1.0}})
    results.clips = [make_clip('=A1/=B2'), make_clip('+x/\x07bell'), make_clip('\udcff/0')]
    write_xlsx(results, tmp_path / 'a.xlsx')
    book = openpyxl.load_workbook(tmp_path / 'a.xlsx')
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds == {'s', 'n'}
    values = [cell.value for row in book['pha_mad'].iter_rows(max_col=2) for cell in row]
    assert values[2:] == ['=A1', '=B2', '+x', '\N{REPLACEMENT CHARACTER}bell', '?', '0']


def test_clips_longer_than_a_sheet_is_wide(tmp_path):
    length = sheets.MOST_COLUMNS - 2
    results = make_results(measures=('pha_mad',))
    results.clips = [make_clip(f'd/{n}', length - n, seed=n) for n in range(2)]
    write_xlsx(results, tmp_path / 'a.xlsx')
    rows = read(tmp_path / 'a.xlsx')['pha_mad']
    assert len(rows) == length + 3
    assert rows[:2] == [['dataset', 'd', 'd'], ['clip', '0', '1']]
    assert rows[2][1] == pytest.approx(results.clips[0].mean('pha_mad'))
    assert rows[3][0] == '0000'
    last = [clip.values['pha_mad'][-1] for clip in results.clips]
    assert rows[-1] == [str(length - 1), pytest.approx(last[0]), None]
    assert rows[-2][2] == pytest.approx(last[1])


def test_a_clip_as_long_as_a_sheet_is_wide(tmp_path, monkeypatch):
    monkeypatch.setattr(sheets, 'MOST_COLUMNS', 15)
    results = make_results(num_clips=1, measures=('pha_mad',), length=12)
    results.clips = [make_clip('d/0', 12)]
    write_xlsx(results, tmp_path / 'a.xlsx')
    assert len(read(tmp_path / 'a.xlsx')['pha_mad']) == 2
    results.clips = [make_clip('d/0', 13)]
    write_xlsx(results, tmp_path / 'a.xlsx')
    assert len(read(tmp_path / 'a.xlsx')['pha_mad']) == 16


def test_what_no_sheet_holds_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(sheets, 'MOST_COLUMNS', 6)
    monkeypatch.setattr(sheets, 'MOST_ROWS', 8)
    results = make_results(measures=('pha_mad',))
    results.clips = [make_clip('d/0', 5)]
    write_xlsx(results, tmp_path / 'a.xlsx')
    book = read(tmp_path / 'a.xlsx')
    assert not any(row[0] == 'note' for row in book['summary'])
    results.clips = [make_clip('d/0', 6)]
    write_xlsx(results, tmp_path / 'a.xlsx')
    book = read(tmp_path / 'a.xlsx')
    assert [row[0] for row in book['pha_mad']][3:] == ['0000', '0001', '0002', '0003', '0004']
    (note,) = [row[2] for row in book['summary'] if row[0] == 'note']
    assert 'after 5 frames' in note


@pytest.mark.parametrize('columns', [sheets.MOST_COLUMNS, 5])
def test_clips_whose_frames_have_other_names(tmp_path, monkeypatch, columns):
    monkeypatch.setattr(sheets, 'MOST_COLUMNS', columns)
    results = make_results(measures=('pha_mad',), published={})
    results.clips = [make_clip('d/0', 3), make_clip('d/1', 2, prefix='f')]
    write_xlsx(results, tmp_path / 'a.xlsx')
    rows = read(tmp_path / 'a.xlsx')['pha_mad']
    if columns == 5:
        rows = list(map(list, zip(*rows, strict=True)))
    assert rows[0][:3] == ['dataset', 'clip', 'mean']
    assert rows[1] == ['d', '0', 'frame', '0000', '0001', '0002']
    assert rows[3] == ['d', '1', 'frame', 'f0000', 'f0001', None]
    for row, clip in zip(rows[2::2], results.clips, strict=True):
        values = clip.values['pha_mad']
        assert row[:3] == ['d', clip.clip[-1], pytest.approx(clip.mean('pha_mad'))]
        assert row[3 : 3 + len(values)] == pytest.approx(values.tolist())


def test_sheet_names_are_legal_and_different():
    names = sheet_names(['summary', 'a/b', 'a:b', 'Summary', 'x' * 40, 'x' * 50, '[]*?\\', "'", ''])
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert 0 < len(name) <= 31
        assert not set(name) & set('[]:*?/\\')
    assert names[:4] == ['summary', 'a_b', 'a_b_2', 'Summary_2']
