import pytest

from rvm.evaluation.report import terminal_table
from rvm.evaluation.report.table import RULE, lay_out
from rvm.evaluation.scoring import MEASURES
from tests.test_evaluation.test_report.examples import make_clip, make_results


def test_the_table():
    results = make_results(notes=['1 of 6 clips has no foreground: videomatte_motion/0002'])
    text = terminal_table(results)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[0] == 'videomatte_512x288: 6 clips, 66 frames, protocol low'
    titles = ['clips', 'frames', 'MAD', 'MSE', 'Grad', 'Conn', 'dtSSD', 'fgr', 'MAD', 'fgr', 'MSE']
    assert lines[1].split() == titles
    assert lines[2].split() == ['times', '1e3', '1e3', '1e-3', '1e-3', '1e2', '1e3', '1e3']
    (clips,) = [line for line in lines if line.startswith('all, mean over clips')]
    means = results.mean()
    assert clips.split()[-9:] == ['6', '66', *(f'{means[name]:.2f}' for name in results.measures)]
    (published,) = [line for line in lines if 'RVM MobileNetV3' in line]
    assert published.split()[-7:] == ['6.08', '1.47', '0.88', '0.41', '1.36', '-', '-']
    assert lines.index(published) > lines.index('published:') > lines.index(clips)
    ends = {len(line) for line in lines if line.startswith(('all', 'videomatte_s', '  RVM'))}
    assert len(ends) == 1
    assert text.endswith('1 of 6 clips has no foreground: videomatte_motion/0002\n')


def test_what_the_protocol_lacks_is_a_dash():
    results = make_results(protocol='high')
    for clip in results.clips:
        del clip.values['pha_conn']
    text = terminal_table(results)
    (line,) = [line for line in text.splitlines() if line.startswith('all, mean over clips')]
    assert line.split()[-4] == '-'
    assert 'protocol high' in text
    assert 'without Conn' in text


def test_a_single_data_set_is_named():
    results = make_results(published={})
    results.clips = [make_clip('only/0')]
    text = terminal_table(results)
    assert '1 clips of only, 12 frames' in text
    assert 'published' not in text


def test_long_names_and_many_columns_keep_to_the_width():
    results = make_results(measures=tuple(MEASURES))
    results.clips = [make_clip(f'{letter * 60}/0', measures=MEASURES) for letter in 'ab']
    for width in (60, 80, 100):
        lines = terminal_table(results, width).splitlines()
        assert max(map(len, lines)) <= width
        heads = [line for line in lines if line.split()[:2] == ['clips', 'frames']]
        assert len(heads) > 1
        assert ' '.join(heads).count('SAD-U') == 1
        assert any('aaaa..aaaa' in line for line in lines)


def test_a_heading_runs_across_the_columns():
    rows = [['', 'one', 'two'], RULE, ['a heading of its own'], ['  x', '1', '2'], ['y' * 40]]
    lines = lay_out(rows, 30)
    assert lines[2] == 'a heading of its own'
    assert lines[3] == '  x    1    2'
    assert lines[4] == f'{"y" * 14}..{"y" * 14}'
    assert lay_out([['y' * 40], ['z']], 30)[1] == 'z'  # a single column has no headings


def test_nothing_at_all():
    results = make_results()
    results.clips = []
    assert '0 clips, 0 frames' in terminal_table(results)


@pytest.mark.parametrize('width', [10, 40])
def test_layout(width):
    lines = lay_out([['', 'one', 'two'], RULE, ['label', '1', '22222'], ['x']], width)
    assert lines[-2] == 'x'
    if width == 40:
        assert lines == [
            '       one    two',
            '-' * 17,
            'label    1  22222',
            'x',
            '-' * 17,
        ]
