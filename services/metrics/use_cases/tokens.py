"""Tokens of subjects, kept between assessments."""

from collections.abc import Iterable

from services.metrics.ports import AssessmentSource

_MOST = 100_000


class KnownTokens(dict[int, str]):
    """Tokens by a subject's id; the token of an id never changes."""

    def learn(self, source: AssessmentSource, subjects: Iterable[int]) -> None:
        """Read those that are not known yet."""
        unknown = {subject for subject in subjects if subject not in self}
        if unknown:
            self.update(source.tokens(unknown))

    def make_room(self) -> None:
        """Forget all where they have become too many; called between views."""
        if len(self) > _MOST:
            self.clear()
