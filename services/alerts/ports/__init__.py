"""What the use cases ask of the outside."""

from services.alerts.ports.delivering import (
    Attachment,
    Channel,
    Channels,
    DeliveryQueue,
    Message,
    NameBook,
    Renderer,
    SendingBudget,
)
from services.alerts.ports.ledger import Ledger, Mode, SubscriptionBook

__all__ = [
    "Attachment",
    "Channel",
    "Channels",
    "DeliveryQueue",
    "Ledger",
    "Message",
    "Mode",
    "NameBook",
    "Renderer",
    "SendingBudget",
    "SubscriptionBook",
]
