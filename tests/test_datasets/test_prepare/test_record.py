import pytest

from rvm.datasets.prepare.plan import Plan
from rvm.datasets.prepare.record import RECORD, check_record, write_record
from rvm.errors import DataError


def test_equal_options_go_on_and_others_are_refused(tmp_path):
    out, plan = tmp_path / 'out', Plan(settings={'quality': 95, 'max_side': None})
    check_record(out, 'backgrounds', plan)
    write_record(out, 'backgrounds', plan)
    check_record(out, 'backgrounds', plan)
    check_record(out, 'backgrounds', Plan(settings={'quality': 95}))  # None is not given
    before = (out / RECORD).read_bytes()
    for source, settings, named in (
        ('coco', plan.settings, 'source = backgrounds, and now it is coco'),
        ('backgrounds', {'quality': 90, 'max_side': None}, 'quality = 95, and now it is 90'),
        ('backgrounds', {**plan.settings, 'frames': 3}, 'frames = None, and now it is 3'),
    ):
        with pytest.raises(DataError, match=named):
            check_record(out, source, Plan(settings=settings))
    assert (out / RECORD).read_bytes() == before


def test_an_output_that_is_the_input_gets_none(tmp_path):
    write_record(tmp_path, 'coco', Plan(in_place=True))
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_record_and_a_file_are_refused(tmp_path):
    (tmp_path / RECORD).write_text('{')
    with pytest.raises(DataError, match='is damaged'):
        check_record(tmp_path, 'coco', Plan())
    with pytest.raises(DataError, match='is a file; name a folder'):
        check_record(tmp_path / RECORD, 'coco', Plan())
