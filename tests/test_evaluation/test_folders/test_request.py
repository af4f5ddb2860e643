import pytest

from rvm.errors import ConfigError, DataError, UserError
from rvm.evaluation.folders import check_request
from rvm.evaluation.scoring import DEFAULT
from tests.test_evaluation.test_folders.sets import make_set

CLIPS = {'static/0': 1}


@pytest.fixture
def root(tmp_path):
    make_set(tmp_path / 'set', clips=CLIPS, kinds=['pha'])
    make_set(tmp_path / 'model', clips=CLIPS, kinds=['pha'])
    return tmp_path


def test_what_can_be_evaluated(root):
    pred, true = root / 'model', root / 'set'
    assert check_request(pred, true) == DEFAULT
    assert check_request(f'{true}/', true, measures=['pha_sad']) == ('pha_sad',)
    for out in ('out', 'deep/out', 'model', 'model/report', 'model/report/today', '.', 'set2'):
        check_request(pred, true, out=root / out)
    assert {path.name for path in root.iterdir()} == {'set', 'model'}


@pytest.mark.parametrize(
    ('options', 'kind', 'word'),
    [
        ({'protocol': 'medium'}, ConfigError, 'medium'),
        ({'measures': ['pha_mda']}, ConfigError, 'pha_mda'),
        ({'strips': -1}, ConfigError, 'strips'),
        ({'workers': -1}, UserError, 'workers'),
    ],
)
def test_options_that_are_wrong(root, options, kind, word):
    with pytest.raises(kind, match=word):
        check_request(root / 'model', root / 'set', **options)


@pytest.mark.parametrize('role', [0, 1])
def test_folders_that_hold_no_set(root, role):
    for name, words in [('none', 'does not exist'), ('set/static', 'it is a data set')]:
        folders = [root / 'model', root / 'set']
        folders[role] = root / name
        with pytest.raises(DataError, match=words):
            check_request(*folders)


def test_a_prediction_in_the_truth(root):
    make_set(root / 'set/mine', clips=CLIPS, kinds=['pha'])
    with pytest.raises(
        DataError, match=r'set/mine lies in the truth .*set, .* move the prediction'
    ):
        check_request(root / 'set/mine', root / 'set')


@pytest.mark.parametrize('out', ['set', 'set/results', 'set/static/0/x', 'model/../set/results'])
def test_reports_in_the_truth(root, out):
    with pytest.raises(DataError, match=r'lies in the truth .*set, .* name another folder'):
        check_request(root / 'model', root / 'set', out=root / out)
    with pytest.raises(DataError, match='lies in the truth'):
        check_request(root / 'set', root / 'set', out=root / out)


def test_a_link_does_not_hide_where_reports_lie(root):
    (root / 'link').symlink_to(root / 'set')
    with pytest.raises(DataError, match='lies in the truth'):
        check_request(root / 'model', root / 'set', out=root / 'link/results')


@pytest.mark.parametrize('out', ['model/static', 'model/static/new', 'model/static/0/pha'])
def test_reports_in_a_data_set_of_the_prediction(root, out):
    with pytest.raises(DataError, match=r'lies in .*model/static, a data set of the prediction'):
        check_request(root / 'model', root / 'set', out=root / out)
