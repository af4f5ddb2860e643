import base64
import re

import numpy as np
import pytest

from rvm.evaluation.report.page import report_page, worst_first, worst_frames
from rvm.evaluation.scoring import MEASURES
from tests.test_evaluation.test_report.browser import measure
from tests.test_evaluation.test_report.examples import make_clip, make_results, make_strip
from tests.test_evaluation.test_report.pages import Page, check_page


@pytest.fixture(scope='module')
def results():
    found = make_results(
        length=40,
        notes=['Some clips have no foreground.'],
        info={'checkpoint': 'rvm_mobilenetv3.pth', 'date': '2026-01-02'},
    )
    found.clips[0].strips = [make_strip(3, 12.3), make_strip(25, 9.9)]
    found.clips[1].strips = [make_strip(4, 1.2, (64, 36), has_src=False)]
    return found


@pytest.fixture(scope='module')
def text(results):
    return report_page(results)


def table_rows(text, number):
    table = re.findall(r'<table.*?</table>', text, re.DOTALL)[number]
    rows = re.findall(r'<tr.*?</tr>', table, re.DOTALL)
    return [
        [Page(cell).text.replace(' ', '') for cell in re.findall(r'<t[hd].*?</t[hd]>', row, re.S)]
        for row in rows
    ]


def test_the_page_is_whole_and_alone(text, results):
    page = check_page(text)
    for clip in results.clips:
        assert page.text.count(clip.clip) >= 2
    for words in [
        'rvm_mobilenetv3.pth',
        '2026-01-02',
        'Some clips have no foreground.',
        'protocol low',
        'Grad on alpha that is stretched',
        'Lower is better',
        'mean over clips',
    ]:
        assert words in page.text, words


def test_the_summary(text, results):
    rows = table_rows(text, 0)
    assert rows[0][3:] == [
        'MAD×10³',
        'MSE×10³',
        'Grad×10⁻³',
        'Conn×10⁻³',
        'dtSSD×10²',
        'fgrMAD×10³',
        'fgrMSE×10³',
    ]
    assert [row[0] for row in rows[1:]] == [
        'videomatte_static',
        'videomatte_motion',
        'all,meanoverclips',
        'all,meanoverframes',
        'RVMMobileNetV3published',
    ]
    means = results.mean()
    assert rows[3][1:] == ['6', '220', *(f'{means[name]:.2f}' for name in results.measures)]
    assert rows[5][3:] == ['6.08', '1.47', '0.88', '0.41', '1.36', '-', '-']


def test_clips_are_listed_the_worst_first(text, results):
    order = worst_first(results.clips, 'pha_mad')
    means = [clip.mean('pha_mad') for clip in order]
    assert means == sorted(means, reverse=True)
    rows = table_rows(text, 1)[1:]
    assert [row[0] for row in rows] == [clip.clip for clip in order]
    assert [row[1] for row in rows] == [f'{mean:.2f}' for mean in means]
    page = Page(text)
    assert [found['id'] for found in page.attributes('details')] == [
        f'clip-{number}' for number in range(6)
    ]
    assert text.index('id="clip-0"') < text.index('id="clip-1"')


def test_every_measure_has_a_chart(text, results):
    labels = [found['aria-label'] for found in Page(text).attributes('svg')]
    for clip in results.clips:
        found = [label.split(' of ')[0] for label in labels if f' of {clip.clip} ' in label]
        assert found == [MEASURES[name].title for name in results.measures if name in clip.values]
    assert 'MAD of videomatte_static/0000 by frame: mean' in ' '.join(labels)


def test_strips_are_there_with_their_captions(text, results):
    page = Page(text)
    images = page.attributes('image')
    jpegs = {strip.jpeg for clip in results.clips for strip in clip.strips}
    assert {base64.b64decode(found['href'].split(',')[1]) for found in images} == jpegs
    assert len(images) == 3
    assert len(page.attributes('use')) == 3 + 3 + 2  # the other pictures of each
    assert page.text.count('source true predicted difference') == 2
    assert 'frame 0003 · MAD 12.30 source' in page.text
    assert 'frame 0004 · MAD 1.20 true' in page.text
    boxes = [
        found['viewbox'] for found in page.attributes('svg') if 'source, frame 0003' in str(found)
    ]
    assert boxes == ['0 0 64 36']


def test_marks_are_the_frames_that_are_pictured(text, results):
    (details,) = re.findall(
        r'<details class="clip"(?:(?!</details>).)*static/0000.*?</details>', text, re.DOTALL
    )
    chart = re.search(r'<svg class="chart".*?</svg>', details, re.DOTALL)[0]
    assert chart.count('class="mark"') == 2
    assert 'frames pictured below the charts' in text
    assert 'Circles: the worst frames' in re.sub(r'\s+', ' ', report_page(make_results()))


def test_every_name_is_escaped():
    evil = '<script>alert("1")</script>&\'x'
    results = make_results(
        name=evil,
        notes=[evil],
        info={evil: evil},
        published={evil: {'pha_mad': 1.0}},
    )
    results.clips = [make_clip(f'{evil}/{n}', prefix=evil) for n in range(2)]
    results.clips[0].strips = [make_strip()]
    text = report_page(results)
    page = check_page(text)
    assert len(page.attributes('script')) == 1
    assert page.text.count(evil) >= 8
    assert evil not in text


def test_worst_frames():
    values = np.zeros(50)
    values[[10, 12, 30, 45]] = [9, 8, 7, 6]
    values[20] = np.nan
    assert worst_frames(values) == [10, 30, 45]
    assert worst_frames(values, 2) == [10, 30]
    assert worst_frames(np.zeros(5)) == []
    assert worst_frames(None) == []


@pytest.mark.parametrize('protocol', ['low', 'high'])
def test_sets_that_lack_something(protocol):
    results = make_results(protocol=protocol, measures=('pha_mse', 'fgr_mse'), published={})
    results.clips = [make_clip('a/0', 1, measures=('pha_mse',)), make_clip('b', 2, measures=())]
    page = check_page(report_page(results))
    assert 'MSE by clip' in page.text
    results.clips = []
    check_page(report_page(results))


def test_many_clips_stay_small():
    results = make_results(num_clips=25, length=100)
    text = report_page(results)
    assert len(text.encode()) < 1_500_000
    results.clips = [make_clip(f'a/{n}', 2, seed=n) for n in range(70)]
    page = check_page(report_page(results))
    assert '10 more clips' in page.text
    assert len([link for link in page.links if link == '#clip-65']) == 1  # in the table


def test_long_clips_show_names_of_frames_in_a_browser(tmp_path):
    results = make_results(num_clips=1, length=1000, published={}, measures=('pha_mad',))
    for clip in results.clips:
        clip.frames = [f'shot_{number + 7:04}' for number in range(len(clip.frames))]
    found = measure(report_page(results), 1000, tmp_path)
    assert found['faults'] == []
    (hovered,) = found['hovered']
    # The middle of the chart is at 0.445 of the plot; one of the clips has 500 frames.
    assert re.match(r'shot_0(22|23|45)\d: [\d.]+$', hovered)


@pytest.mark.parametrize(('width', 'dark'), [(390, False), (1440, True)])
def test_in_a_browser(text, results, tmp_path, width, dark):
    found = measure(text, width, tmp_path, dark)
    assert found['width'] == width
    assert found['faults'] == []
    assert found['resources'] == []
    assert found['scroll_width'] <= width
    assert found['wide'] == []
    assert found['paper'] == ('rgb(20, 24, 31)' if dark else 'rgb(255, 255, 255)')
    assert found['opened'] is True
    assert all(found['pictures'])
    assert all(re.fullmatch(r'mean [\d.]+', one) for one in found['rest'])
    assert all(re.fullmatch(r'00\d\d: [\d.]+', one) for one in found['hovered'])
    assert found['left'] == found['rest']
    up, down = found['sorted'][0]
    assert up == sorted(clip.clip for clip in results.clips)
    assert down == up[::-1]
    down, up = found['sorted'][1]
    assert [float(one) for one in down] == sorted(map(float, up), reverse=True)
    no_fgr_last = [one[-1] for one in found['sorted'][6]]
    assert no_fgr_last == ['-', '-']
