"""What the campaign's robots read out of a message."""

from email.message import Message

from chaos.receiver import read

_DIGEST = """**共 3 条**
严重 1，解除 2
• 【告警·红色】chaos-3-0
chaos-3-0
外部系统发来的告警，始于 2026-01-05T09:00:00+08:00。
• 【解除】chaos-2-0
chaos-2-0
已解除，始于 2026-01-05T08:00:00+08:00。
• 【解除】chaos-2-1（可能重复）"""


def _told(content: str) -> tuple[tuple[str, str], ...]:
    body = {"msgtype": "markdown", "markdown": {"content": content}}
    return read("/cgi-bin/webhook/send?key=chaos", Message(), body).alerts


def test_each_alert_of_a_digest_has_its_own_status() -> None:
    assert _told(_DIGEST) == (
        ("chaos-3-0", "firing"),
        ("chaos-2-0", "resolved"),
        ("chaos-2-1", "resolved"),
    )


def test_an_alert_that_began_and_ended_in_one_digest_has_ended() -> None:
    assert _told("• 【告警·红色】chaos-1-0\n• 【解除】chaos-1-0") == (
        ("chaos-1-0", "firing"),
        ("chaos-1-0", "resolved"),
    )
