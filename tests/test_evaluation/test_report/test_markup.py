import json

import pytest
from jinja2 import UndefinedError

from rvm.evaluation.report.markup import (
    TEMPLATES,
    breakable,
    facts,
    frame_names,
    lead,
    measure_heads,
    render,
)
from tests.test_evaluation.test_report.examples import make_clip, make_results


def test_names_may_break_and_are_escaped():
    assert breakable('a_b/<i>') == 'a_<wbr>b/<wbr>&lt;i&gt;'


def test_a_value_that_is_missing_is_an_error():
    with pytest.raises(UndefinedError):
        render('report.html', title='x')


def test_facts():
    info = {
        'check_point': 'a.pth',
        'none': None,
        'seconds': 47.0211968,
        'versions': {'rvm': '1', 'x': [1, 2]},
    }
    found = facts(info, dated=False)
    assert found == [('check point', 'a.pth'), ('seconds', '47.02'), ('versions', 'rvm 1, x 1, 2')]
    assert [name for name, _ in facts({})] == ['date']
    assert facts({'date': 'today'}) == [('date', 'today')]


def test_lead_and_measures():
    results = make_results()
    assert lead(results) == '6 clips in 2 data sets, 66 frames, protocol low'
    head = measure_heads(['pha_mad', 'pha_grad', 'future'])
    assert [(one['title'], one['power']) for one in head] == [
        ('MAD', '×10³'),
        ('Grad', '×10⁻³'),
        ('future', ''),
    ]


def test_frame_names_of_long_clips_are_packed():
    assert json.loads(frame_names(make_clip('a/0', 3, prefix='"'))) == [
        '"0000',
        '"0001',
        '"0002',
    ]
    packed = {'before': 'f', 'digits': 4, 'first': 0, 'count': 401, 'after': ''}
    clip = make_clip('a/0', 401, prefix='f')
    assert json.loads(frame_names(clip)) == packed
    clip.frames[7] = 'other'
    assert frame_names(clip) == '[]'


def test_templates_travel_with_the_package():
    names = {'base.html', 'macros.html', 'report.html', 'comparison.html', 'page.css', 'page.js'}
    assert {path.name for path in TEMPLATES.iterdir()} == names
