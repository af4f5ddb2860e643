"""Runs to compare: which files the arguments of a command mean, and what to call them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rvm.errors import ConfigError, DataError
from rvm.evaluation.report.write import RESULTS
from rvm.evaluation.results import Results


def load_runs(arguments: Sequence[str]) -> dict[str, Results]:
    """Read results.json files.

    Args:
        arguments: Files, folders that hold a results.json, or NAME=PATH. What has no name is
            called as its folder, with as many of the folders above as tell it from the others.

    Returns:
        Name -> results, in the order of the arguments.

    Raises:
        ConfigError: A name is given twice.
        DataError: A file cannot be read.
    """
    named = [_split(argument) for argument in arguments]
    files = [_file(path) for _, path in named]
    names = _fill_in([name for name, _ in named], files)
    return {name: Results.from_file(file) for name, file in zip(names, files, strict=True)}


def _split(argument: str) -> tuple[str, Path]:
    name, mark, path = argument.partition('=')
    if not mark or Path(argument).exists():
        return '', Path(argument)
    if not name or not path:
        raise ConfigError(f'{argument!r} names no run; write NAME=PATH')
    return name, Path(path)


def _file(path: Path) -> Path:
    if not path.exists():
        raise DataError(f'{path} does not exist; name a {RESULTS}, or a folder that holds one')
    if path.is_dir() and not (path / RESULTS).is_file():
        raise DataError(
            f'{path} holds no {RESULTS}: an evaluation writes it last, when all is complete'
        )
    return path / RESULTS if path.is_dir() else path


def _fill_in(names: Sequence[str], files: Sequence[Path]) -> list[str]:
    """Return the names, and where there is none, the shortest end of a path that is unique."""
    given = [name for name in names if name]
    twice = [name for name, count in Counter(given).items() if count > 1]
    if twice:
        raise ConfigError(f'two runs are called {twice[0]}; give each NAME=PATH another name')
    paths = [_parts(file) for name, file in zip(names, files, strict=True) if not name]
    depth = 1
    while len({*given, *_ends(paths, depth)}) < len(names) and depth < max(map(len, paths)):
        depth += 1
    taken, full = set(given), []
    ends = iter(_ends(paths, depth))
    for name in names:
        if not name:
            end = next(ends)
            name, number = end, 1
            while name in taken:
                number += 1
                name = f'{end} ({number})'
            taken.add(name)
        full.append(name)
    return full


def _parts(file: Path) -> tuple[str, ...]:
    """Return the folders down to the results, and the name of a file that is not the usual one."""
    file = file.absolute()
    return file.parent.parts if file.name == RESULTS else file.with_suffix('').parts


def _ends(paths: Sequence[tuple[str, ...]], depth: int) -> list[str]:
    return ['/'.join(parts[-depth:]).replace('//', '/') for parts in paths]
