"""Faults of folders, collected by kind, so that one sentence tells all of them."""

from dataclasses import dataclass, field

from rvm.errors import DataError
from rvm.io.listing import name_some

MOST_NAMED = 5


@dataclass
class Faults:
    """What is wrong, by kind.

    Attributes:
        names: Kind, with the way out where it is not plain -> what has the fault.
    """

    names: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, *names: str) -> None:
        """Add names to a kind; without names nothing is wrong."""
        if names:
            self.names.setdefault(kind, []).extend(names)

    def parts(self) -> list[str]:
        """Return, kind by kind, how many there are and the first names."""
        return [
            f'{kind} ({len(names)}): {name_some(names, most=MOST_NAMED)}'
            for kind, names in self.names.items()
        ]

    def check(self, beginning: str) -> None:
        """Raise one sentence if there are any.

        Raises:
            DataError: There are.
        """
        if self.names:
            raise DataError(f'{beginning}: {"; ".join(self.parts())}')
