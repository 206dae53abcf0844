"""Messages that bring a paper: key figures and a link, by e-mail with the files."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.alerts.adapters.papers.press import Press
from services.alerts.adapters.wording import TEMPLATES
from services.alerts.domain.alert import PaperNote
from services.alerts.domain.delivery import Delivery
from services.alerts.domain.figures import INTERNAL_ROLE
from services.alerts.domain.papers.display import sentence
from services.alerts.domain.papers.formats import MEDIA_TYPES, Format
from services.alerts.domain.papers.model import Masking, Paper, Paragraph
from services.alerts.domain.papers.schedule import PaperOrder
from services.alerts.domain.papers.wording import Wording
from services.alerts.domain.subscription import ChannelType, Subscription
from services.alerts.ports import Attachment, Message
from services.alerts.use_cases.read_papers import PaperShelf, PaperWish, ReadPapers
from shared.access.readers import Reader, Role, Scope

_KEY_PARAGRAPHS = 3
"""Of the first section: a message is short, the paper says the rest."""


@dataclass(frozen=True, slots=True)
class PaperMessages:
    """Makes the paper again from its snapshot, as the subscription's reader may see it."""

    read: ReadPapers
    shelf: Callable[[], AbstractContextManager[PaperShelf]]
    press: Press
    wording: Wording
    address: str
    """Address of this service, without a slash at the end."""
    data_label: str = ""

    def __call__(self, delivery: Delivery) -> Message:
        """The message; blocks for seconds where files go along."""
        transition, subscription = delivery.transition, delivery.subscription
        note = transition.paper
        if note is None:
            raise ValueError("this delivery brings no paper")
        order = order_of(subscription, note, transition.labels.plan, transition.labels.unit)
        wish = PaperWish(note.kind, order.plan, order.unit, note.period)
        with self.shelf() as shelf:
            paper = self.read.paper(shelf, wish, reader_of(subscription, order))
        return self._message(delivery, order, paper)

    def _message(self, delivery: Delivery, order: PaperOrder, paper: Paper) -> Message:
        transition, subscription = delivery.transition, delivery.subscription
        label = f"【{self.data_label}】" if self.data_label else ""
        subject = f"{label}{paper.title}（{paper.subtitle}）"
        facts = [f"{label}{text}" if place == 0 else text for place, text in enumerate(key(paper))]
        link = self._link(order, paper)
        details = [self.wording.text("message_link") + link]
        if paper.masking is Masking.MASKED:
            details.append(self.wording.text("message_masked"))
        if delivery.possible_repeat:
            details.append(self.wording.text("message_repeat"))
        text = "\n".join([*facts, "", *details, ""])
        annotations = {
            "summary": subject,
            "description": text,
            "kind": str(transition.kind),
            "period": paper.period,
            "data_label": self.data_label,
            "possible_repeat": "true" if delivery.possible_repeat else "",
        }
        return Message(
            subject=subject,
            text=text,
            html=_html(subject, facts, details),
            status="firing",
            labels=transition.labels.as_dict(),
            annotations={name: value for name, value in annotations.items() if value},
            starts_at=transition.starts_at,
            ends_at=None,
            at=transition.at,
            generator_url=link,
            fingerprint=transition.fingerprint,
            group_key=transition.group_key,
            thread=f"{transition.thread}.{subscription.id}",
            opens_thread=True,
            id=f"{transition.fingerprint}.{transition.sequence}.{subscription.id}",
            receiver=subscription.owner,
            notification_reason=str(transition.kind),
            external_url=self.address,
            sequence=transition.sequence,
            attachments=self._files(delivery, order, paper),
        )

    def _files(self, delivery: Delivery, order: PaperOrder, paper: Paper) -> tuple[Attachment, ...]:
        if delivery.channel.type is not ChannelType.EMAIL:
            return ()
        formats = [Format(one) for one in order.formats]
        return tuple(
            Attachment(f"{paper.id}.{one}", MEDIA_TYPES[one], self.press.print(paper, one))
            for one in formats
        )

    def _link(self, order: PaperOrder, paper: Paper) -> str:
        query = urlencode({"plan": order.plan, "unit": order.unit, "period": paper.period})
        return f"{self.address}/api/v1/reports/{order.kind}?{query}"


def reader_of(subscription: Subscription, order: PaperOrder) -> Reader:
    """Who reads along: within the order's unit, complete for the internal role alone."""
    scope = Scope(frozenset({order.plan}), frozenset({order.unit}))
    complete = subscription.role == INTERNAL_ROLE
    return Reader(subscription.owner, Role.VIEWER, scope, complete=complete)


def order_of(subscription: Subscription, note: PaperNote, plan: str, unit: str) -> PaperOrder:
    """The standing order; its usual form where it was ended meanwhile."""
    identity = (note.kind, plan, unit)
    standing = (one for one in subscription.papers if one.identity == identity)
    return next(standing, PaperOrder(note.kind, plan, unit))


def key(paper: Paper) -> list[str]:
    """The paper's first sentences."""
    blocks = paper.sections[0].blocks if paper.sections else ()
    found = [block for block in blocks if isinstance(block, Paragraph)][:_KEY_PARAGRAPHS]
    return [
        "".join(run if isinstance(run, str) else sentence(run) for run in one.runs) for one in found
    ]


def _html(subject: str, facts: Sequence[str], details: Sequence[str]) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    rows = [line.partition("：") for line in details]
    return environment.get_template("message.html.j2").render(
        language="zh",
        subject=subject,
        fact=facts,
        details=[(label, value) if colon else ("", label) for label, colon, value in rows],
    )
