"""Write the past of all clusters for a Prometheus that was not there yet."""

from pathlib import Path
from typing import Annotated

import typer

from clusterwatch.console import fail, out
from clusterwatch.observability.history import history_of, openmetrics
from services.metrics.adapters.status_store import SqlStatusStore
from services.metrics.settings import MetricsSettings
from services.metrics.use_cases.read_clusters import ReadClusters
from shared.clock import SystemClock
from shared.plans import load_catalogue
from shared.storage import open_engine
from shared.storage.migrations import WrongSchemaError, require_usable

_SERVICE = "metrics"


def command(
    file: Annotated[Path, typer.Argument(metavar="OUT.om", help="OpenMetrics file to write.")],
) -> None:
    """Write the stored statuses of all periods as OpenMetrics with timestamps.

    Then `promtool tsdb create-blocks-from openmetrics OUT.om DIRECTORY` makes blocks that belong
    into Prometheus' data directory. Reads the database of metrics; the service may run.
    """
    settings = MetricsSettings()
    clock = SystemClock()
    catalogue = load_catalogue(settings.plans or None)
    engine = open_engine(settings, _SERVICE)
    try:
        require_usable(engine, _SERVICE)
        store = SqlStatusStore(engine)
        read = ReadClusters(store, catalogue, settings.masking, clock, settings.data_label)
        statuses = list(history_of(read, clock.now()))
        with file.open("wb") as target:
            target.writelines(openmetrics(statuses))
    except WrongSchemaError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{file}: cannot be written: {error.strerror}")
    finally:
        engine.dispose()
    periods = {unit.shown.status.period for _, unit in statuses}
    out.print(f"{len(statuses)} statuses of {len(periods)} periods: {file}", soft_wrap=True)
    out.print(
        f"next: promtool tsdb create-blocks-from openmetrics {file} DIRECTORY", soft_wrap=True
    )
