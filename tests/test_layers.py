"""Who may import whom in rvm: nothing imports upward, and some neighbours not at all."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

LEVELS = (
    ('allocator', 'errors', 'registry', 'typing', 'worker_pool', 'io', 'effects'),
    ('losses', 'models', 'datasets', 'evaluation'),
    ('engine', 'inference'),
    ('cli',),  # what the tools share
)
LEVEL_OF = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}
STRANGERS = {'losses', 'datasets', 'evaluation'}
ALLOWED_IN_BASE = {
    'allocator': set(),
    'errors': set(),
    'typing': set(),
    'registry': set(),
    'worker_pool': {'allocator', 'errors'},
    'io': {'errors', 'registry', 'typing'},
    'effects': {'errors', 'typing'},
}


def _imported_modules(tree: ast.Module, package: str) -> list[str]:
    """Return the dotted names of everything a module imports, inside functions too.

    A relative import is given as '.': ours are absolute.
    """
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                names.append('.')
            elif node.module == package:  # `from rvm import models`
                names += [f'{package}.{alias.name}' for alias in node.names]
            else:
                names.append(node.module)
    return names


def _faults(package: Path) -> list[str]:
    """Return a sentence for every import of the package that breaks a rule."""
    faults = []
    for path in sorted(package.rglob('*.py')):
        room = path.relative_to(package).with_suffix('').parts[0]
        file = path.relative_to(package.parent).as_posix()
        for name in _imported_modules(ast.parse(path.read_text(encoding='utf-8')), package.name):
            top, _, rest = name.partition('.')
            other = rest.split('.')[0]
            if name == '.':
                faults.append(f'{file}: relative import')
            elif top in ('tools', 'tests'):
                faults.append(f'{file}: imports {top}')
            elif room == '__init__':
                faults.append(f'{file}: imports {name}')
            elif room not in LEVEL_OF:
                faults.append(f'{file}: {room} has no level')
            elif top != package.name or not other or other == room:
                continue
            elif other not in LEVEL_OF:
                faults.append(f'{file}: {other} has no level')
            elif LEVEL_OF[other] > LEVEL_OF[room]:
                faults.append(f'{file}: imports {other} from above')
            elif {room, other} <= STRANGERS or other not in ALLOWED_IN_BASE.get(room, {other}):
                faults.append(f'{file}: {room} imports {other}')
    return faults


def test_the_layers_hold():
    assert len(list((ROOT / 'rvm').rglob('*.py'))) > 15
    assert _faults(ROOT / 'rvm') == []


@pytest.mark.parametrize(
    ('file', 'line', 'fault'),
    [
        ('models/a.py', 'from rvm.engine.hooks import X', 'imports engine from above'),
        ('models/a.py', 'def f():\n    import rvm.inference', 'imports inference from above'),
        ('models/sub/a.py', 'from rvm import inference', 'imports inference from above'),
        ('io/a.py', 'from rvm.models import X', 'imports models from above'),
        ('errors.py', 'import rvm.typing', 'errors imports typing'),
        ('registry.py', 'from rvm.io import X', 'registry imports io'),
        ('losses/a.py', 'from rvm.datasets import X', 'losses imports datasets'),
        ('evaluation/a.py', 'import rvm.losses as x', 'evaluation imports losses'),
        ('engine/a.py', 'from tools.train import main', 'imports tools'),
        ('models/a.py', 'from . import b', 'relative import'),
        ('models/a.py', 'from rvm.helpers import b', 'helpers has no level'),
        ('helpers.py', 'import os', 'helpers has no level'),
        ('__init__.py', 'import torch', 'imports torch'),
    ],
)
def test_a_broken_rule_is_found(tmp_path, file, line, fault):
    path = tmp_path / 'rvm' / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(line + '\n')
    assert _faults(tmp_path / 'rvm') == [f'rvm/{file}: {fault}']


@pytest.mark.parametrize(
    ('file', 'line'),
    [
        ('io/a.py', 'from rvm.errors import X\nfrom rvm.io.b import Y\nimport torch'),
        ('models/a.py', 'import rvm\nfrom rvm.io.atomic import X\nfrom rvm.losses import Y'),
        ('engine/a.py', 'from rvm.inference import X\nfrom rvm.datasets import Y'),
    ],
)
def test_what_the_rules_allow_is_no_fault(tmp_path, file, line):
    path = tmp_path / 'rvm' / file
    path.parent.mkdir(parents=True)
    path.write_text(line + '\n')
    assert _faults(tmp_path / 'rvm') == []


def test_importing_the_package_imports_nothing_else():
    code = 'import sys; old = set(sys.modules); import rvm; print(sorted(set(sys.modules) - old))'
    result = subprocess.run(
        [sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "['rvm']"
