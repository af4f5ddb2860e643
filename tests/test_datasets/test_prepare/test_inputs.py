import pytest

from rvm.datasets.prepare.inputs import Tree, check_apart, is_hidden, is_in_place
from rvm.errors import DataError
from tests.test_datasets.test_prepare.raw import pack, put_junk


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / 'root'
    for name in ('sub/10.jpg', 'sub/2.jpg', 'sub/1.PNG', 'sub/note.txt', 'top.jpg'):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b'x')
    put_junk(root, root / 'sub')
    (root / '__MACOSX').mkdir()
    (root / '__MACOSX' / 'a.jpg').write_bytes(b'x')
    return root


def paths(tree):
    return ['/'.join(parts) for parts, _ in tree.entries]


def test_a_folder_and_its_archives_list_the_same(folder, tmp_path):
    expected = ['sub/1.PNG', 'sub/2.jpg', 'sub/10.jpg', 'sub/note.txt', 'top.jpg']
    assert paths(Tree(folder)) == expected
    for suffix in ('.zip', '.tar', '.tar.gz'):
        archive = pack(folder, tmp_path / f'x{suffix}', reverse=True)
        assert paths(Tree(archive)) == expected
        assert paths(Tree(archive / 'sub')) == ['1.PNG', '2.jpg', '10.jpg', 'note.txt']
    assert [parts[-1] for parts, _ in Tree(folder).images()] == [
        '1.PNG',
        '2.jpg',
        '10.jpg',
        'top.jpg',
    ]


def test_links_are_followed_but_not_in_a_circle(folder, tmp_path):
    (tmp_path / 'linked').symlink_to(folder)
    (folder / 'sub' / 'again').symlink_to(folder)
    assert paths(Tree(tmp_path / 'linked')) == paths(Tree(folder))
    assert len(paths(Tree(folder))) == 5
    (folder / 'sub' / 'gone.jpg').symlink_to(tmp_path / 'nowhere')
    with pytest.raises(DataError, match=r'gone.jpg is a link that leads nowhere'):
        Tree(folder)


def test_wrong_inputs_are_refused_by_name(folder, tmp_path):
    with pytest.raises(DataError, match=r'there is no file or folder .*nowhere'):
        Tree(tmp_path / 'nowhere')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(DataError, match='empty holds no files'):
        Tree(tmp_path / 'empty')
    (tmp_path / 'x.rar').write_bytes(b'Rar!' + bytes(1000))
    with pytest.raises(DataError, match=r'x.rar is no zip or tar archive.*unpack it'):
        Tree(tmp_path / 'x.rar')
    archive = pack(folder, tmp_path / 'x.tar.gz')
    with pytest.raises(DataError, match='holds no files'):
        Tree(archive / 'other')
    with pytest.raises(DataError, match=r'x.tar.gz is compressed as a whole'):
        Tree(archive, sequential=False)


def test_outputs_lie_outside_of_inputs(tmp_path):
    check_apart(tmp_path / 'in', tmp_path / 'out')
    (tmp_path / 'in').mkdir()
    check_apart(tmp_path / 'in', tmp_path / 'in2')
    for out in (tmp_path / 'in', tmp_path / 'in' / 'sub', tmp_path / 'x' / '..' / 'in'):
        with pytest.raises(DataError, match='is inside the input'):
            check_apart(tmp_path / 'in', out)


@pytest.mark.parametrize('name', ['.DS_Store', '._a.jpg', 'Thumbs.db', 'THUMBS.DB', '__MACOSX'])
def test_what_systems_leave_is_hidden(name):
    assert is_hidden(name)
    assert not is_hidden(f'a{name}')


def test_an_output_may_be_an_input_but_not_lie_in_one(folder, tmp_path):
    archive = pack(folder, tmp_path / 'x.zip')
    assert is_in_place([archive, folder], folder)
    assert not is_in_place([archive, folder], tmp_path)
    assert not is_in_place([archive, folder], tmp_path / 'out')
    (tmp_path / 'linked').symlink_to(folder)
    assert is_in_place([tmp_path / 'linked'], folder)
    for out in (folder / 'sub', folder / 'new' / 'x'):
        with pytest.raises(DataError, match='is inside the input'):
            is_in_place([folder / 'sub', folder], out)
