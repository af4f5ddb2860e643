import pytest

from rvm.errors import DataError
from rvm.evaluation.folders.faults import Faults


def test_nothing_wrong():
    faults = Faults()
    faults.add('missing clips')
    faults.check('never')
    assert faults.parts() == []


def test_all_faults_make_one_sentence():
    faults = Faults()
    faults.add('missing clips', 'a')
    faults.add('missing frames', *'123456')
    faults.add('missing clips', 'b')
    with pytest.raises(DataError) as caught:
        faults.check('P does not fit')
    assert str(caught.value) == (
        'P does not fit: missing clips (2): a, b; missing frames (6): 1, 2, 3, 4, 5 and 1 more'
    )
