from rvm.datasets.inspect import FAULT, WARNING, fault, warning
from rvm.datasets.inspect.fault import from_error


def test_a_sentence_names_its_path(tmp_path):
    assert fault('empty', tmp_path / 'a', 'is empty').text == f'{tmp_path}/a is empty'
    assert (fault('a', 'b', 'c').severity, warning('a', 'b', 'c').severity) == (FAULT, WARNING)


def test_errors_become_one_line_with_the_path():
    assert from_error('x', '/a', ValueError('/a is\n bad')).text == '/a is bad'
    assert from_error('x', '/a', ValueError('is bad')).text == '/a: is bad'
    assert from_error('x', '/a', ValueError()).text == '/a: ValueError'
