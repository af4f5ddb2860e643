"""What the folder of the output holds already, beside what a plan would put there."""

import os
from collections.abc import Iterable
from pathlib import Path

from rvm.datasets.prepare.names import stem
from rvm.datasets.prepare.plan import Action, OutputError, Plan


def check_splits(plan: Plan, out: Path) -> None:
    """Make a fault of what stands in another split of `out`, and leave it out of the plan.

    It was put there by a run that split otherwise: training and validation would share it. What
    the plan itself puts into both is what its lists ask for.
    """
    planned = {target for action in plan.actions for target in action.targets()}
    standing: dict[Path, dict[str, Path]] = {}
    shared = set()
    for action in plan.actions:
        for target in action.targets():
            split, *below = target.relative_to(out).parts
            if split not in plan.splits:
                continue
            for other in plan.splits:
                folder = Path(out, other, *below[:-1])
                if folder not in standing:
                    standing[folder] = _by_stem(folder)
                found = standing[folder].get(_key(target.name))
                if other != split and found is not None and found not in planned:
                    plan.faults.append(
                        f'{found} would also become {target}, so that {" and ".join(plan.splits)} '
                        'share it; split as before, remove it there, or name another output'
                    )
                    shared.add(action.target)
    plan.actions = [action for action in plan.actions if action.target not in shared]


def keep_in_place(plan: Plan, out: Path) -> None:
    """Make a fault of what a plan would write into its own input `out`, and leave it out."""
    plan.in_place = True
    away = [action for action in plan.actions if not _stands(action)]
    if away:
        plan.faults.append(
            f'{out} is the input, and only checked, but {len(away)} outputs are not in it, '
            f'{away[0].target} the first; name another output'
        )
        gone = {action.target for action in away}
        plan.actions = [action for action in plan.actions if action.target not in gone]


def strangers(actions: Iterable[Action]) -> list[Path]:
    """Return what lies beside the outputs of a plan and is none of them."""
    targets = {target for action in actions for target in action.targets()}
    folders = {target.parent for target in targets}
    above = {path for folder in folders for path in (folder, *folder.parents)}
    wanted: dict[Path, set[str]] = {folder: set() for folder in folders}
    for path in targets | above:
        if path.parent in wanted:
            wanted[path.parent].add(path.name)
    found = []
    for folder, names in sorted(wanted.items()):
        others = set(_visible(folder)) - names
        found += [folder / name for name in sorted(others)]
    return found


def _stands(action: Action) -> bool:
    try:
        return action.done()
    except OutputError:  # found again, and named, when the action is done; nothing is written
        return True


def _by_stem(folder: Path) -> dict[str, Path]:
    return {_key(name): folder / name for name in _visible(folder)}


def _key(name: str) -> str:
    return stem(name).casefold()


def _visible(folder: Path) -> list[str]:
    """Return the names in a folder, none where there is no folder."""
    return [n for n in os.listdir(folder) if not n.startswith('.')] if folder.is_dir() else []
