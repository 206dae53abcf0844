"""The channels of deliveries."""

import httpx
from sqlalchemy import Engine

from services.alerts.adapters.budget import SqlSendingBudget
from services.alerts.adapters.channels.alertmanager import AlertmanagerChannel
from services.alerts.adapters.channels.mail import MailChannel, SmtpServer
from services.alerts.adapters.channels.posting import Poster
from services.alerts.adapters.channels.robots import DingTalk, Feishu, RobotChannel, WeCom
from services.alerts.adapters.channels.webhook import WebhookChannel
from services.alerts.domain.sending_limits import LIMITS
from services.alerts.domain.subscription import ChannelType
from services.alerts.ports import Channel
from services.alerts.settings import AlertsSettings
from shared.clock import Clock


def configured_channels(
    settings: AlertsSettings, engine: Engine, client: httpx.AsyncClient, clock: Clock
) -> dict[ChannelType, Channel]:
    """The channels that can be sent by; mail needs its server's settings."""
    poster = Poster(client)
    budget = SqlSendingBudget(engine, clock, LIMITS)
    channels: dict[ChannelType, Channel] = {
        ChannelType.WEBHOOK: WebhookChannel(poster),
        ChannelType.ALERTMANAGER: AlertmanagerChannel(poster),
    }
    for dialect in (WeCom(), DingTalk(), Feishu()):
        channels[dialect.type] = RobotChannel(dialect, poster, budget, clock)
    server = _mail_server(settings)
    if server is not None:
        channels[ChannelType.EMAIL] = MailChannel(server)
    return channels


def _mail_server(settings: AlertsSettings) -> SmtpServer | None:
    if settings.alerts_smtp_host is None:
        return None
    password = settings.alerts_smtp_password
    return SmtpServer(
        settings.alerts_smtp_host,
        settings.alerts_smtp_port,
        settings.alerts_smtp_security,
        settings.alerts_smtp_username,
        password.get_secret_value() if password else None,
        settings.alerts_smtp_sender,
    )
