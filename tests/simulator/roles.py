"""The real roles on the simulated Kafka: intake, customers, read model."""

from types import SimpleNamespace
from typing import Any

from agents.customers import Customers
from agents.intake import Intake
from schemas import topics
from service.domain.policy import Policy
from service.faust_safe.table import SafeTable
from service.faust_safe.transaction import Transactions
from service.faust_safe.work import TP
from service.settings import Settings
from tests.simulator.clock import BETWEEN_LOOKS
from tests.simulator.kafka import Kafka
from tests.simulator.producer import Cluster
from tests.simulator.reader import Reader
from tests.simulator.worker import Worker

INBOUND = tuple(TP(name, 0) for name in topics.INBOUND)


class App:
    """What a work needs of its app."""

    def __init__(self, settings: Settings, role: str, kafka: Kafka) -> None:
        self.settings, self.cluster, self.reader = settings, Cluster(kafka), Reader(kafka)
        self.conf = SimpleNamespace(id=settings.group(role))
        self.observation = SimpleNamespace(batch=_nothing, transaction=_nothing, wrote=_nothing)
        self.waiting = lambda tp: 0


class Table(SafeTable):
    """The real table, without Faust around it."""

    def __init__(self, app: App) -> None:
        self.app, self.parts, self.loaded = app, {}, 0
        cluster: Any = app.cluster
        self.transactions = Transactions(cluster, app.conf.id)

    @property
    def changelog(self) -> str:
        """The topic's name."""
        return topics.CHANGELOG

    def __bool__(self) -> bool:
        return True


class IntakeWorker(Worker):
    """Reads what producers sent."""

    spare_weight = 0.0

    def __init__(self, name: str, kafka: Kafka, settings: Settings) -> None:
        super().__init__(name, kafka)
        app: Any = App(settings, "intake", kafka)
        self.group, self.work = app.conf.id, Intake(app, "USD")


class CustomersWorker(Worker):
    """Reads the log."""

    def __init__(self, name: str, kafka: Kafka, settings: Settings, file: Policy) -> None:
        super().__init__(name, kafka)
        app: Any = App(settings, "customers", kafka)
        self.table = Table(app)
        self.group, self.work = app.conf.id, Customers(app, self.table, file)
        self.told = f" with the file {file.label}"
        self._looking = self.work.clock.run()
        self._looking.send(None)

    def look(self) -> None:
        """One look at the clock, and whatever is written then."""
        while self._looking.send(None).place != BETWEEN_LOOKS:
            pass

    def crash(self) -> str:
        """The clock stops too."""
        self._looking.close()
        return super().crash()

    async def own(self, partitions: set[int]) -> None:
        """The table first, behind its fence."""
        await self.table.own(partitions)

    def has_more(self, tp: TP) -> bool:
        """Reviews, or profiles to publish."""
        partition = self.work.partitions[tp.partition]
        return bool(partition.due or partition.pending_profiles)

    def commit(self) -> None:
        """Its transactions do."""


def _nothing(*_: Any) -> None:
    """Not observed."""
