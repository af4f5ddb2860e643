import re

import pytest

from rvm.errors import ConfigError, MediaError
from rvm.evaluation.report import Comparison, write_comparison
from rvm.evaluation.report.comparison_page import comparison_page
from tests.test_evaluation.test_report.browser import measure
from tests.test_evaluation.test_report.examples import make_clip, make_results
from tests.test_evaluation.test_report.pages import check_page

RUNS = ('mbv3', 'r50', '<b>third</b>')


@pytest.fixture(scope='module')
def comparison():
    return Comparison(
        {
            run: make_results(
                length=30, shift=0.3 * number, info={'checkpoint': f'{run}.pth', 'seed': 1}
            )
            for number, run in enumerate(RUNS)
        }
    )


def test_the_page_is_whole_and_alone(comparison):
    text = comparison_page(comparison)
    page = check_page(text)
    for words in [*RUNS, 'mbv3.pth', 'protocol low', 'clips won', '6.08', 'checkpoint: r50.pth']:
        assert words in page.text, words
    assert 'seed: 1' not in page.text  # the same in all runs: said once, above
    assert len(page.attributes('script')) == 1
    charts = [found for found in page.attributes('svg') if found['class'] == 'chart']
    assert len(charts) == 5 * 7 + 5  # one clip has no foreground
    curves = [f for f in page.attributes('path') if f['class'].startswith('curve')]
    assert len(curves) == 3 * len(charts)
    dots = [found for found in page.attributes('i') if found['class'] == 'dot c2']
    assert len(dots) == len(charts)  # a measure's plot has a row for each of its charts
    assert all(0 <= float(found['style'][5:-1]) <= 100 for found in dots)


def test_the_best_are_marked(comparison):
    text = comparison_page(comparison)
    groups = comparison.groups()
    marked = sum(len(line.best) for group in groups for line in group.lines)
    assert text.count('class="best"') == marked > 0


def test_two_runs_say_their_change():
    runs = {'one': make_results(), 'two': make_results(shift=0.5)}
    text = comparison_page(Comparison(runs))
    changes = re.findall(r'<span class="value">([^<]+)</span></a>', text)
    assert len(changes) == 5 * 7 + 5
    assert all(re.fullmatch(r'[+-]\d+\.\d%|0\.0%', one) for one in changes)


def test_measures_that_a_run_lacks():
    one = make_results(measures=('pha_mad',))
    two = make_results(measures=('pha_mad', 'pha_sad'))
    for clip in two.clips:
        clip.values['pha_sad'] = clip.values['pha_mad'] * 2
    page = check_page(comparison_page(Comparison({'one': one, 'two': two})))
    assert 'SAD' in page.text


def test_too_many_runs_for_colours():
    runs = {f'run{number}': make_results(num_clips=1) for number in range(7)}
    with pytest.raises(ConfigError, match='7 runs are too many'):
        comparison_page(Comparison(runs))
    runs.popitem()
    check_page(comparison_page(Comparison(runs)))


def test_a_page_that_cannot_be_written(comparison, tmp_path):
    (tmp_path / 'file').write_text('x')
    with pytest.raises(MediaError, match='cannot be written'):
        write_comparison(comparison, tmp_path / 'file' / 'a.html')
    write_comparison(comparison, tmp_path / 'new' / 'a.html')
    assert check_page((tmp_path / 'new/a.html').read_text(encoding='utf-8'))


def test_many_clips_say_what_is_left_out():
    results = make_results(published={})
    results.clips = [make_clip(f'a/{n}', 2, seed=n) for n in range(63)]
    page = check_page(comparison_page(Comparison({'one': results, 'two': results})))
    assert 'In 3 more clips the runs differ less.' in page.text


@pytest.mark.parametrize('width', [390, 1440])
def test_in_a_browser(comparison, tmp_path, width):
    found = measure(comparison_page(comparison), width, tmp_path)
    assert (found['width'], found['faults'], found['resources']) == (width, [], [])
    assert found['scroll_width'] <= width
    assert found['wide'] == []
    assert found['opened'] is True
    assert all(one.count(' / ') == 2 for one in [*found['rest'], *found['hovered']])
    assert found['left'] == found['rest'] != found['hovered']
    down, up = found['sorted'][2]
    assert [float(one) for one in down] == sorted(map(float, up), reverse=True)
