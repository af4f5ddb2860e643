import numpy as np
import pytest

from rvm.effects import COLUMN, COLUMNS, STAGES, active_stages, identity, is_identity, pending_stage
from rvm.effects.parameters import MAX_GRAIN_SEED, STAGE_OF_COLUMN
from tests.test_effects.pictures import effects


def test_every_column_has_one_stage_and_one_place():
    assert len(set(COLUMNS)) == len(COLUMNS) == identity(1).shape[1]
    assert [list(STAGES)[STAGE_OF_COLUMN[name]] for name in COLUMNS] == (
        ['grain'] * 4 + ['color'] * 4 + ['grey', 'sharpness', 'blur']
    )
    assert [COLUMN[name] for name in COLUMNS] == list(range(len(COLUMNS)))


def test_identity_is_new_memory_that_changes_nothing():
    params = identity(3)
    assert params.shape == (3, len(COLUMNS))
    assert params.dtype == np.float32
    assert is_identity(params)
    assert pending_stage(params) == -1
    params[0, COLUMN['hue']] = 0.1
    assert is_identity(identity(3))


@pytest.mark.parametrize(
    ('name', 'value', 'stage'),
    [
        ('grain_strength', 0.1, 0),
        ('brightness', 1.1, 1),
        ('contrast', 0.9, 1),
        ('saturation', 0, 1),
        ('hue', -0.2, 1),
        ('grey', 1, 2),
        ('sharpness', 0, 3),
        ('blur', 1, 4),
    ],
)
def test_a_value_that_does_something_makes_its_stage_active(name, value, stage):
    params = np.stack([effects(), effects(**{name: value})])
    expected = np.zeros((2, 5), bool)
    expected[1, stage] = True
    np.testing.assert_array_equal(active_stages(params), expected)
    assert not is_identity(params)
    assert pending_stage(params) == STAGE_OF_COLUMN[name] == stage


@pytest.mark.parametrize(
    ('name', 'value'), [('grain_size', 3), ('grain_mono', 1), ('grain_seed', 77), ('blur', 0.99)]
)
def test_values_that_do_nothing_alone(name, value):
    assert is_identity(effects(**{name: value}))


def test_the_last_pending_stage_counts():
    assert pending_stage(np.stack([effects(sharpness=2), effects(brightness=2)])) == 3


def test_grain_seeds_are_exact_in_the_array():
    seeds = np.array([0, 1, MAX_GRAIN_SEED - 2, MAX_GRAIN_SEED - 1])
    assert [int(effects(grain_seed=seed)[COLUMN['grain_seed']]) for seed in seeds] == seeds.tolist()
