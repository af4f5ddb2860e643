import pytest

from rvm.errors import MediaError
from rvm.inference.damage_record import RECORD, read_damage, remember_damage


def test_what_is_remembered_is_read(tmp_path):
    a, b = tmp_path / 'out' / 'a.mp4', tmp_path / 'out' / 'b'
    assert read_damage(a) is None
    remember_damage(a, None)
    assert not (tmp_path / 'out').exists()
    remember_damage(a, 'a ends at frame 3')
    remember_damage(b, 'größer')
    assert (read_damage(a), read_damage(b)) == ('a ends at frame 3', 'größer')
    remember_damage(a, None)
    assert (read_damage(a), read_damage(b)) == (None, 'größer')
    remember_damage(b, None)
    assert list((tmp_path / 'out').iterdir()) == []


@pytest.mark.parametrize('content', ['', '{"a": ', '[1]'])
def test_a_damaged_record_is_refused_by_name(tmp_path, content):
    (tmp_path / RECORD).write_text(content)
    for call in (read_damage, lambda target: remember_damage(target, 'x')):
        with pytest.raises(MediaError, match=r'rvm_damaged\.json .*delete it') as caught:
            call(tmp_path / 'a.mp4')
        assert '\n' not in str(caught.value)
    assert (tmp_path / RECORD).read_text() == content


def test_a_record_that_cannot_be_written_is_one_sentence(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr('rvm.inference.damage_record.atomic_write', full)
    with pytest.raises(MediaError, match=r'cannot write .*: No space left') as caught:
        remember_damage(tmp_path / 'a.mp4', 'x')
    assert caught.value.__cause__.errno == 28
