import pickle

import numpy as np
import pytest

from rvm.datasets.frames import ImageFrames
from rvm.datasets.record_dataset import RecordDataset
from rvm.errors import DataError

CLIPS = ['0000', '0001', 'scene.0001', 'scene.0002', 'image.jpg']


class Records(RecordDataset):
    """Records with no files behind them."""

    def __init__(self, clips=CLIPS, **kwargs):
        self.clips = clips
        super().__init__(**kwargs)

    def load_data_list(self):
        return [{'clip': name, 'fgr': ImageFrames('x', (f'{name}.png',))} for name in self.clips]


def names(dataset):
    return [dataset.get_data_info(number)['clip'] for number in range(len(dataset))]


def test_all_clips_in_order():
    assert names(Records()) == CLIPS


def test_lists_of_names():
    assert names(Records(names=['scene.0002', '0000'])) == ['0000', 'scene.0002']
    assert names(Records(exclude=['scene.0002', '0000'])) == ['0001', 'scene.0001', 'image.jpg']
    assert names(Records(names=['0000', '0001'], exclude=['0001'])) == ['0000']


def test_suffixes_of_media_do_not_matter_and_other_dots_do():
    assert names(Records(names=['image.png', '0001.mp4'])) == ['0001', 'image.jpg']
    assert names(Records(names=['image'])) == ['image.jpg']
    assert names(Records(names=['scene.0001'])) == ['scene.0001']


def test_a_file_of_names(tmp_path):
    (tmp_path / 'lists').mkdir()
    content = '\ufeff# the good ones\n0000\n\n  0001.jpg  \r\n'
    (tmp_path / 'lists' / 'a.txt').write_text(content, encoding='utf-8')
    expected = ['0000', '0001']
    assert names(Records(names='lists/a.txt', data_root=str(tmp_path))) == expected
    assert names(Records(names=str(tmp_path / 'lists' / 'a.txt'), data_root='data')) == expected
    with pytest.raises(DataError, match=r'lists/b\.txt is neither below data nor a file'):
        Records(names='lists/b.txt', data_root='data')


def test_names_that_are_not_there_are_named():
    with pytest.raises(DataError, match='names of Records: 2 of 3 are not in data/x: 7, 8'):
        Records(names=['7', '0000', '8'], data_root='data', path='x')
    with pytest.raises(DataError, match='exclude of Records: 12 of 12 .* 9 and 2 more'):  # noqa: RUF043
        Records(exclude=[str(number) for number in range(12)])


def test_nothing_left():
    with pytest.raises(DataError, match='names and exclude leave no clip'):
        Records(exclude=CLIPS)
    with pytest.raises(DataError, match='x holds no clip for Records; set the data root'):
        Records(clips=[], path='x')


def test_folders_and_files_that_are_missing(tmp_path):
    dataset = Records(data_root=str(tmp_path), path='x')
    (tmp_path / 'x' / 'there').mkdir(parents=True)
    (tmp_path / 'x' / 'file').touch()
    assert dataset.need_folder('there') == tmp_path / 'x' / 'there'
    assert dataset.need_file('file') == tmp_path / 'x' / 'file'
    for fault, call in (('none', dataset.need_folder), ('file', dataset.need_folder)):
        with pytest.raises(DataError, match=rf'x/{fault} does not exist \(Records\).*data root'):
            call(fault)
    with pytest.raises(DataError, match='x/there does not exist'):
        dataset.need_file('there')


def test_a_path_of_its_own_stands_above_the_root(tmp_path):
    assert Records(data_root='data', path=str(tmp_path)).folder == tmp_path


def test_memory_does_not_grow_with_the_index():
    """Workers share one array: what a fork touches are no Python objects."""
    dataset = Records(clips=[f'{number:06}' for number in range(2000)])
    assert isinstance(dataset.data_bytes, np.ndarray)
    assert dataset.data_bytes.nbytes < 2000 * 250
    assert not dataset.data_list
    assert dataset.get_data_info(1234)['clip'] == '001234'


def test_survives_pickling():
    dataset = pickle.loads(pickle.dumps(Records(exclude=['0000'])))
    assert names(dataset) == CLIPS[1:]
    assert dataset.get_data_info(0)['fgr'] == ImageFrames('x', ('0001.png',))


def test_a_plugin_must_say_what_there_is():
    with pytest.raises(NotImplementedError, match='RecordDataset must define load_data_list'):
        RecordDataset()
