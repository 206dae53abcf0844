"""Renders messages from templates: two lines that tell the fact, then what helps to act."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateError

from services.alerts.adapters.digest import BULLET, Digest, common_pairs, digest_of, identity
from services.alerts.adapters.message_context import ENDED, Links, MessageContext
from services.alerts.adapters.wording import (
    TEMPLATES,
    Language,
    WordingError,
    Words,
    percent,
    ratio,
)
from services.alerts.domain.alert import Kind
from services.alerts.domain.delivery import Delivery
from services.alerts.domain.directory import Directory
from services.alerts.domain.figures import coarse, is_masked_for
from services.alerts.ports import Message, NameBook

_SHARED = {
    "indicator_behind": "trajectory",
    "coverage_low": "report_late",
    "project_stalled": "listed",
    "suspicious_report": "listed",
    "feed_silent": "listed",
}
"""Rules that are told in the same way as another; the others as `figures`, unless they have a
template of their own."""


RenderPaper = Callable[[Delivery], Message]
"""Writes the message that brings a paper; may take seconds."""


class TemplateRenderer:
    """`Renderer` with Jinja2 templates, a set per language."""

    def __init__(
        self,
        directory: Directory,
        links: Links,
        data_label: str = "",
        *,
        own: Path | None = None,
        names: NameBook | None = None,
        papers: RenderPaper | None = None,
    ) -> None:
        """`papers` writes messages that bring one.

        `own` is a folder whose templates and words go before the shipped ones.
        Raises `WordingError` for one that cannot be used.
        """
        self._links = links
        self._papers = papers
        self._context = MessageContext(directory, links, names)
        self._data_label = data_label
        options: Mapping[str, Any] = {
            "loader": FileSystemLoader([*([] if own is None else [own]), TEMPLATES]),
            "undefined": StrictUndefined,
            "trim_blocks": True,
            "lstrip_blocks": True,
        }
        self._texts = Environment(**options, autoescape=False)  # noqa: S701 - plain text
        self._html = Environment(**options, autoescape=True)
        for environment in (self._texts, self._html):
            environment.filters |= {
                "percent": percent,
                "ratio": ratio,
                "amount": str,
                "moment": str,
            }
        self._by_measure: dict[tuple[str, str], Environment] = {}
        languages: tuple[Language, ...] = ("zh", "en")
        self._words = {language: Words.load(language, own) for language in languages}
        check_templates(self._texts, own)

    def render(self, delivery: Delivery, now: datetime) -> Message:
        """Message in the subscription's language, masked for its role."""
        transition, subscription = delivery.transition, delivery.subscription
        if transition.paper is not None and self._papers is not None:
            return self._papers(delivery)
        words = self._words[subscription.language]
        hidden = is_masked_for(transition.figures, subscription.role)
        context = self._context.of(delivery, words, now, hidden=hidden)
        rule = transition.labels.rule
        choices = [f"{words.language}.{name}.j2" for name in (rule, _SHARED.get(rule, "figures"))]
        template = self._texts_in(words, transition.figures.measure).select_template(choices)
        subject = self._labelled(" ".join(_block(template, "subject", context).split()), words)
        fact = _lines(_block(template, "fact", context))
        fact[:1] = [self._labelled(line, words) for line in fact[:1]]
        details = _lines(_block(template, "details", context))
        rows = [_row(line) for line in details]
        html = self._html.get_template("message.html.j2").render(
            language=words.language, subject=subject, fact=fact, details=rows
        )
        return self._message(
            delivery, subject, "\n".join([*fact, "", *details, ""]), html, hidden=hidden
        )

    def _texts_in(self, words: Words, measure: str) -> Environment:
        """Text templates that write amounts of a measure; kept, as each compiles its own."""
        found = self._by_measure.get((words.language, measure))
        if found is None:
            found = self._texts.overlay()
            amount = partial(words.amount, measure=measure)
            found.filters = found.filters | {"amount": amount, "moment": words.moment}
            self._by_measure[words.language, measure] = found
        return found

    def render_many(
        self, deliveries: Sequence[Delivery], now: datetime, room: int | None
    ) -> tuple[Message, Sequence[Delivery]]:
        """One message about several deliveries of one subscription, and those it holds."""
        words = self._words[deliveries[0].subscription.language]
        messages = [self.render(delivery, now) for delivery in deliveries]
        digest = digest_of(messages, words, self._labelled("", words), room)
        by_id = {message.id: one for message, one in zip(messages, deliveries, strict=True)}
        message = self._gathered(digest, words)
        return message, [by_id[member.id] for member in digest.members]

    def _gathered(self, digest: Digest, words: Words) -> Message:
        members = digest.members
        subject = self._labelled(digest.subject, words)
        first, *lines = digest.lines
        fact = [self._labelled(first, words)]
        wall = words.phrase("digest", "wall") + self._links.wall
        everything = words.phrase("digest", "all") + f"{self._links.alerts}/console/alerts"
        details = [*lines, everything] if digest.is_group else [*lines, wall, everything]
        text = "\n".join([*fact, "", *details, ""])
        html = self._html.get_template("message.html.j2").render(
            language=words.language,
            subject=subject,
            fact=fact,
            details=[("", line) if line.startswith(BULLET) else _row(line) for line in details],
        )
        labels, annotations = common_pairs(members)
        firing = [member for member in members if member.status == "firing"]
        opens = [member for member in members if member.opens_thread]
        name = identity(members)
        return replace(
            members[0],
            subject=subject,
            text=text,
            html=html,
            status="firing" if firing else "resolved",
            labels=labels,
            annotations=annotations
            | {"summary": subject, "description": text, "colour": digest.colour},
            starts_at=min(member.starts_at for member in members),
            ends_at=None if firing else members[0].ends_at,
            generator_url=f"{self._links.alerts}/console/alerts",
            fingerprint=members[0].fingerprint if _are_of_one_alert(members) else "",
            group_key=members[0].group_key if digest.is_group else f"{{}}:{{{name}}}",
            thread=(opens or members)[0].thread if digest.is_group else name,
            opens_thread=bool(opens) if digest.is_group else True,
            id=name,
            members=members,
            attachments=tuple(file for member in members for file in member.attachments),
        )

    def _labelled(self, line: str, words: Words) -> str:
        """The line behind the words that are to stand with all figures, such as 模拟数据."""
        if not self._data_label:
            return line
        label = self._data_label
        return f"【{label}】{line}" if words.language == "zh" else f"[{label}] {line}"

    def _message(
        self, delivery: Delivery, subject: str, text: str, html: str, *, hidden: bool
    ) -> Message:
        transition, subscription = delivery.transition, delivery.subscription
        ended = transition.kind in ENDED
        external = transition.external
        annotations = {
            **(external.annotations if external else {}),
            "summary": subject,
            "description": text,
            "colour": coarse(transition.colour) if hidden else str(transition.colour),
            "kind": str(transition.kind),
            "period": transition.period or "",
            "since": transition.since or "",
            "data_label": self._data_label,
            "possible_repeat": "true" if delivery.possible_repeat else "",
        }
        return Message(
            subject=subject,
            text=text,
            html=html,
            status="resolved" if ended else "firing",
            labels=transition.labels.as_dict(),
            annotations={name: value for name, value in annotations.items() if value},
            starts_at=transition.starts_at,
            ends_at=transition.at if ended else None,
            at=transition.at,
            generator_url=self._links.alert(transition.fingerprint),
            fingerprint=transition.fingerprint,
            group_key=transition.group_key,
            thread=f"{transition.thread}.{subscription.id}",
            opens_thread=transition.kind in {Kind.FIRING, Kind.TEST, Kind.SILENCE_STARTED},
            id=f"{transition.fingerprint}.{transition.sequence}.{subscription.id}",
            receiver=subscription.owner,
            notification_reason=str(transition.kind),
            external_url=self._links.alerts,
            sequence=transition.sequence,
        )


def check_templates(environment: Environment, own: Path | None) -> None:
    """Read every own template once. Raises `WordingError` with file and line."""
    for path in [] if own is None else sorted(own.glob("*.j2")):
        try:
            environment.get_template(path.name)
        except TemplateError as error:
            line = getattr(error, "lineno", None)
            raise WordingError(f"{path}:{line or ''} {error}") from error


def _are_of_one_alert(members: Sequence[Message]) -> bool:
    return len({member.fingerprint for member in members}) == 1


def _block(template: Template, name: str, context: Mapping[str, Any]) -> str:
    return "".join(template.blocks[name](template.new_context(dict(context))))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _row(line: str) -> tuple[str, str]:
    """Label and value of a detail line; the first colon parts them."""
    for colon in ("：", ": "):
        label, found, value = line.partition(colon)
        if found:
            return label, value
    return "", line
