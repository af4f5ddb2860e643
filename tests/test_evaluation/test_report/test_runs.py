import pytest

from rvm.errors import ConfigError, DataError
from rvm.evaluation.report import load_runs, write_reports
from tests.test_evaluation.test_report.examples import make_results


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp('runs')
    for number, name in enumerate(['a/mbv3', 'a/r50', 'b/r50', 'a=b']):
        write_reports(make_results(name=f'set{number}'), folder / name)
    (folder / 'other.json').write_bytes((folder / 'a/mbv3/results.json').read_bytes())
    (folder / 'empty').mkdir()
    return folder


@pytest.fixture(autouse=True)
def _there(root, monkeypatch):
    monkeypatch.chdir(root)


@pytest.mark.parametrize(
    ('arguments', 'names'),
    [
        (['a/mbv3', 'a/r50'], ['mbv3', 'r50']),
        (['a/mbv3/', 'a/r50/results.json'], ['mbv3', 'r50']),
        (['a/r50', 'b/r50', 'a/mbv3'], ['a/r50', 'b/r50', 'a/mbv3']),
        (['one=a/r50', 'b/r50'], ['one', 'r50']),
        (['r50=a/mbv3', 'b/r50'], ['r50', 'b/r50']),
        (['a/r50', 'a/r50'], None),
        (['other.json', 'a/mbv3'], ['other', 'mbv3']),
        (['a=b', 'x=a=b'], ['a=b', 'x']),
    ],
)
def test_names(arguments, names, root):
    runs = load_runs(arguments)
    if names is None:
        first, second = runs
        assert first.endswith('a/r50')
        assert second == f'{first} (2)'
    else:
        assert list(runs) == names


def test_each_name_has_its_own_results():
    runs = load_runs(['b/r50', 'm=a/mbv3', 'a/r50'])
    assert {name: run.name for name, run in runs.items()} == {
        'b/r50': 'set2',
        'm': 'set0',
        'a/r50': 'set1',
    }


@pytest.mark.parametrize(
    ('arguments', 'error', 'words'),
    [
        (['x=a/mbv3', 'x=a/r50'], ConfigError, 'two runs are called x'),
        (['=a/mbv3'], ConfigError, 'NAME=PATH'),
        (['nothing'], DataError, 'nothing does not exist'),
        (['empty'], DataError, 'empty holds no results.json'),
        (['a/mbv3/results.csv'], DataError, 'results.csv is no results.json'),
    ],
)
def test_what_is_no_run(arguments, error, words):
    with pytest.raises(error, match=words):
        load_runs(arguments)
