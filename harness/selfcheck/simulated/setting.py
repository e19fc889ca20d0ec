"""What a run of a check asks: the numbers of a tier, without its items. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """One task, as the base answers it."""

    task: str
    items: int
    base: float
    """Share that the base gets right, in [0, 1]; of a role that rises, the share that fails."""
    options: int = 0
    """Of a choice; 0: open answers."""
    written: bool = False
    """Whether the option is named in a text, so that an answer may name none."""
    same: str = ""
    """Tasks of one name here ask the same items in several forms; "": no other does."""

    @property
    def chance(self) -> float:
        """Expected score of an answer that names some option, in [0, 1]."""
        return 1 / self.options if self.options else 0.0


@dataclass(frozen=True)
class Setting:
    """What a run of a check asks: the numbers of a tier."""

    roles: Mapping[str, tuple[Asked, ...]]
    layers: int = 1
    """Variants that are looked at: the layers of a sweep, else 1."""
    seeds: int = 1
    """Training runs of an arm."""
    spread: float = 0.0
    """Standard deviation of retention between training seeds."""
    looks: bool = False
    """Whether claims are looked at on few items first (`decide.looks`)."""
    race: bool = False
    """Whether the layers of a sweep race (`decide.race`)."""

    @property
    def asked(self) -> list[Asked]:
        """Every task once."""
        return list({asked.task: asked for tasks in self.roles.values() for asked in tasks}.values())

    @property
    def planned(self) -> dict[str, int]:
        """Items by task."""
        return {asked.task: asked.items for asked in self.asked}
