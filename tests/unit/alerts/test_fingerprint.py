from services.alerts.domain.fingerprint import fingerprint


def test_the_fingerprint_is_alertmanagers_fnv_of_sorted_labels() -> None:
    labels = {
        "type": "hermes-heartbeat",
        "alertname": "downTimeAlert",
        "severity": "error",
        "frp": "10859",
        "alertgroup": "frp_alerts",
    }
    assert fingerprint(labels) == "1badb0c76cee4041"


def test_names_and_values_do_not_run_into_each_other() -> None:
    assert fingerprint({"a": "bc"}) != fingerprint({"ab": "c"})
