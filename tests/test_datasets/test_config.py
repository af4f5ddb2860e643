import pytest
from mmengine.config import Config

from rvm.datasets.config import load_config, loaders, set_data_root, training_size
from rvm.errors import ConfigError
from tests.conftest import ROOT

CONFIG = """
data_root = 'here'
train_dataloader = dict(
    low=dict(dataset=dict(type='A', data_root=data_root, sources=[dict(data_root=data_root)])),
    high=None,
)
val_dataloader = dict(dataset=dict(type='B', data_root=data_root, path='x'))
test_dataloader = [dict(dataset=dict(type='C')), dict(dataset=None)]
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / 'config.py'
    path.write_text(CONFIG)
    return path


def roots(value):
    if isinstance(value, dict):
        return [r for k, v in value.items() for r in ([v] if k == 'data_root' else roots(v))]
    return [r for inner in value for r in roots(inner)] if isinstance(value, list) else []


def test_data_root_overrides_everywhere(file):
    config = load_config(file, '/there', {'val_dataloader.dataset.path': 'y'})
    assert roots(config.to_dict()) == ['/there'] * 4
    assert config.val_dataloader.dataset.path == 'y'
    config = load_config(file, None, {'data_root': '/option'})
    assert roots(config.to_dict()) == ['/option'] * 4
    config = load_config(file, '/there', {'data_root': '/option'})
    assert roots(config.to_dict()) == ['/there'] * 4
    assert roots(load_config(file).to_dict()) == ['here'] * 4


def test_set_data_root_takes_plain_values():
    config = {'a': [{'data_root': 'x'}, ({'data_root': 'y'},)], 'b': 'data_root'}
    set_data_root(config, 'z')
    assert config == {'a': [{'data_root': 'z'}, ({'data_root': 'z'},)], 'b': 'data_root'}


def test_a_folder_below_the_data_root_stays_below_it():
    config = {'data_root': 'data/', 'a': {'data_root': 'data//set'}, 'b': {'data_root': 'database'}}
    set_data_root(config, '/new')
    assert config == {
        'data_root': '/new',
        'a': {'data_root': '/new/set'},
        'b': {'data_root': '/new'},
    }


def test_a_data_root_that_nothing_reads_is_refused(tmp_path):
    path = tmp_path / 'config.py'
    path.write_text("model = dict(type='X')\n")
    with pytest.raises(ConfigError, match=r'config\.py has no data_root that could be /there'):
        load_config(path, '/there')


def test_an_option_for_one_data_root_stands(file):
    config = load_config(file, '/there', {'val_dataloader.dataset.data_root': '/own'})
    assert sorted(roots(config.to_dict())) == ['/own', '/there', '/there', '/there']


def test_loaders_are_found_in_dicts_and_lists(file):
    places = {place: loader['dataset']['type'] for place, loader in loaders(load_config(file))}
    assert places == {
        'train_dataloader.low': 'A',
        'val_dataloader': 'B',
        'test_dataloader.0': 'C',
    }
    assert list(loaders({'train_dataloader': None, 'model': {'dataset': 1}})) == []


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (None, 'there is no config file .*config.py'),
        ("_base_ = 'gone.py'", 'config.py: its base is missing'),
        ('a = (', 'config.py is no config that can be read'),
        ("_base_ = ['one.py', 'two.py']", 'config.py is no config .*[Dd]uplicate'),
    ],
)
def test_a_config_that_cannot_be_read_is_named(tmp_path, content, message):
    for name in ('one.py', 'two.py'):
        (tmp_path / name).write_text('a = 1\n')
    if content is not None:
        (tmp_path / 'config.py').write_text(content)
    with pytest.raises(ConfigError, match=message):
        load_config(tmp_path / 'config.py')


def test_training_sizes_of_a_shipped_config():
    config = Config.fromfile(ROOT / 'configs' / '_base_' / 'datasets' / 'videomatte_hd.py')
    found = {place.split('.')[-1]: training_size(loader) for place, loader in loaders(config)}
    assert {'mat_low': 512, 'mat_high': 2048, 'val_dataloader': 2048}.items() <= found.items()


def test_a_loader_without_crop_has_no_size():
    pipeline = [{'type': 'FitShortSide', 'size': 9}, None]
    assert training_size({'dataset': {'pipeline': pipeline}}) is None
    assert training_size({'dataset': {'pipeline': [{'type': 'CropResize', 'size': 9}]}}) == 9
