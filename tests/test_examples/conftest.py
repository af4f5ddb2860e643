from tests.test_datasets.conftest import cache

__all__ = ['cache']
