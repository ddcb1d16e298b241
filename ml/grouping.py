"""What belongs together, however long the chain: the groups that must never be divided."""


class Groups:
    """What was named together, directly or by way of others, has one name: the smallest of all (union-find)."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def join(self, names: list[str]) -> None:
        """Make these names, and whatever was joined with any of them, one group."""
        for name in names[1:]:
            low, high = sorted((self.of(names[0]), self.of(name)))
            self._above[high] = low

    def of(self, name: str) -> str:
        """The group's name; a name that was never joined is its own."""
        while (above := self._above.get(name, name)) != name:
            self._above[name] = self._above.get(above, above)
            name = above
        return name
