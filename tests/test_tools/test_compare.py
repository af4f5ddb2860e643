import pytest

from rvm.evaluation.report import write_reports
from tests.test_evaluation.test_report.examples import make_results
from tests.test_evaluation.test_report.pages import check_page
from tests.test_tools.conftest import assert_one_line


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp('compare')
    write_reports(make_results(), folder / 'mbv3')
    write_reports(make_results(shift=0.3), folder / 'r50')
    write_reports(make_results(num_clips=2), folder / 'fewer')
    write_reports(make_results(protocol='high'), folder / 'high')
    return folder


def test_runs_side_by_side(run, root, tmp_path):
    out = tmp_path / 'deep' / 'page.html'
    done = run('compare', root / 'mbv3', f'new={root}/r50/results.json', '--out', out)
    assert (done.status, done.err) == (0, '')
    assert done.out.startswith('videomatte_512x288: 2 runs, 6 clips, 66 frames, protocol low')
    assert any(line.startswith('  new ') for line in done.out.splitlines())
    page = check_page(out.read_text(encoding='utf-8'))
    assert 'mbv3' in page.text
    assert [path.name for path in out.parent.iterdir()] == ['page.html']


@pytest.mark.parametrize(
    ('names', 'words'),
    [
        (['mbv3'], ['only run', 'two or more']),
        (['mbv3', 'fewer'], ['mbv3 and fewer', 'videomatte_static/0002']),
        (['mbv3', 'high'], ['mbv3', 'protocol low', 'high']),
        (['mbv3', 'missing'], ['missing does not exist']),
        (['mbv3', '.'], ['holds no results.json']),
    ],
)
def test_what_cannot_be_compared(run, root, tmp_path, names, words):
    out = tmp_path / 'page.html'
    done = run('compare', *[root / name for name in names], '--out', out)
    assert_one_line(done, *words)
    assert not out.exists()


@pytest.mark.parametrize(
    ('out', 'word'),
    [('page.pdf', '.html'), ('folder.html', 'is a folder'), ('file/a.html', 'file')],
)
def test_a_page_that_cannot_be(run, root, tmp_path, out, word):
    (tmp_path / 'folder.html').mkdir()
    (tmp_path / 'file').write_text('x')
    done = run('compare', root / 'mbv3', root / 'r50', '--out', tmp_path / out)
    assert_one_line(done, '--out' if 'file/' not in out else 'cannot be written', word)
