"""The broker of `JOB_ENGINE=celery`, which carries wake-ups and no jobs: the Celery application, and what sends to it.

Imported only where the setting says so. A message says that something may be due; who receives it claims what is due in
the database (`celery_worker`). So a lost message costs a few seconds, and one that comes twice costs a statement.
"""

from __future__ import annotations

import atexit
import os
import threading
import time

import structlog
from celery import Celery
from flask import Flask, current_app
from kombu import Connection, Exchange, Producer, Queue

from service.config import Settings
from service.core.degradation import add_degradation_check

WORK, TICK = "jobs.work", "jobs.tick"
# How often beat has a worker look for what nobody has sent a wake-up for.
TICK_S = 10.0
# More unread wake-ups than this are of no use: each process of a worker that reads one goes on until nothing is due.
UNREAD_MAX = 64
# For connecting to the broker, and for each of its answers.
TIMEOUT_S = 1.0
RETRY_S = 1.0
CONNECT_TIMEOUT_S = 4.0  # of workers; that of Celery for RabbitMQ
FLUSH_S = 1.0

# The default exchange: its binding needs no declaration, so that emptying Redis breaks nothing.
QUEUE = Queue("colophon", Exchange(""), routing_key="colophon", durable=True)

log = structlog.get_logger(__name__)


def create_celery(settings: Settings) -> Celery:
    """Return the Celery application; its tasks are in `celery_worker`. Results and retries of Celery are unused."""
    celery = Celery("colophon", broker=settings.job_broker_url, set_as_current=False)
    if settings.job_broker_url.startswith("redis"):
        celery.conf.broker_transport_options = {
            # A wake-up is not worth the statements that keep it until it is acknowledged.
            "ack_emulation": False,
            "socket_connect_timeout": CONNECT_TIMEOUT_S,
            "socket_keepalive": True,
        }
    celery.conf.update(
        accept_content=["json"],
        task_ignore_result=True,
        task_queues=[QUEUE],
        task_default_queue=QUEUE.name,
        task_default_exchange="",
        task_default_routing_key=QUEUE.routing_key,
        # A busy process reserves no wake-up that another worker could take.
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        worker_enable_prefetch_count_reduction=False,
        worker_send_task_events=True,  # for Flower
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        beat_scheduler="celery.beat:Scheduler",  # it keeps no file
        beat_schedule={"tick": {"task": TICK, "schedule": TICK_S, "options": {"expires": TICK_S}}},
    )
    return celery


def init_broker(app: Flask, settings: Settings) -> None:
    """Let commits of `app` wake Celery workers."""
    celery = create_celery(settings)
    app.extensions["celery"] = celery
    app.extensions["job_broker"] = WakeUpSender(celery)


def is_reachable(url: str) -> bool:
    """Tell whether the broker answers within `TIMEOUT_S`."""
    try:
        with _connection(url) as connection:
            connection.connect()
            QUEUE.bind(connection.channel()).queue_declare()
    except Exception:  # noqa: BLE001 - every transport has its own
        return False
    return True


def broker_is_gone() -> bool:
    """Tell whether the broker of the current application does not answer; jobs wait then, and requests succeed."""
    sender: WakeUpSender | None = current_app.extensions.get("job_broker")
    return sender is not None and not is_reachable(sender.url)


add_degradation_check("broker", broker_is_gone)


def _connection(url: str) -> Connection:
    is_redis = url.startswith("redis")
    names = ("socket_timeout", "socket_connect_timeout") if is_redis else ("read_timeout", "write_timeout")
    return Connection(
        url,
        connect_timeout=TIMEOUT_S,
        transport_options=dict.fromkeys(names, TIMEOUT_S),
    )


class WakeUpSender:
    """Sends wake-ups in a thread of its own: a request neither waits for the broker nor fails with it.

    While the broker is away, one wake-up is kept and tried every `RETRY_S`; the tick finds everything else.
    """

    def __init__(self, celery: Celery) -> None:
        self._celery = celery
        self.url = str(celery.conf.broker_url)
        self.is_down = False
        # Loaded now: the first request that emits must not wait for it, and a process that ends could not load it.
        _connection(self.url).get_transport_cls()
        celery.finalize()
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        # Neither thread nor lock nor connection survives a fork.
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._number = 0
        self._later_s: float | None = None
        self._is_sending = False
        self._connection: Connection | None = None
        self._producer: Producer | None = None

    def wake(self, jobs: int = 1, *, in_s: float = 0) -> None:
        """Wake processes for so many jobs that are due, now or `in_s` seconds later. It returns at once."""
        with self._condition:
            if in_s:
                self._later_s = in_s if self._later_s is None else min(in_s, self._later_s)
            else:
                self._number = min(self._number + jobs, UNREAD_MAX)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="wake-ups", daemon=True)
                self._thread.start()
                atexit.register(self.flush)
            self._condition.notify_all()

    def flush(self) -> None:
        """Wait until the wake-ups are sent, for `FLUSH_S` at most: a command may end right after its commit."""
        with self._condition:
            self._condition.wait_for(lambda: not (self._number or self._is_sending), FLUSH_S)

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._number or self._later_s is not None)
                number, later_s = self._number, self._later_s
                self._number, self._later_s, self._is_sending = 0, None, True
            try:
                self._send(number, later_s)
            except Exception as error:  # noqa: BLE001 - without this thread there are no wake-ups
                self._note_down(error)
                with self._condition:
                    self._number = max(self._number, 1)
                time.sleep(RETRY_S)
            else:
                self._note_up()
            finally:
                with self._condition:
                    self._is_sending = False
                    self._condition.notify_all()

    def _send(self, number: int, later_s: float | None) -> None:
        """Send wake-ups, unless enough are unread; over a new connection if the last one was lost."""
        if self._connection is not None:
            try:
                self._publish(self._connection, number, later_s)
            except Exception:  # noqa: BLE001 - it was lost while idle
                self._forget_connection()
            else:
                return
        self._connection = _connection(self.url)
        try:
            self._connection.connect()
            self._publish(self._connection, number, later_s)
        except Exception:
            self._forget_connection()
            raise

    def _publish(self, connection: Connection, number: int, later_s: float | None) -> None:
        if self._producer is None:
            self._producer = Producer(connection.channel())
        # One that is still unread will be read after now, and its reader sees what is committed now.
        unread = QUEUE.bind(self._producer.channel).queue_declare().message_count
        for _ in range(min(number, UNREAD_MAX - unread)):
            self._celery.send_task(WORK, producer=self._producer, retry=False)
        if later_s is not None:
            self._celery.send_task(WORK, producer=self._producer, retry=False, countdown=later_s)

    def _forget_connection(self) -> None:
        connection, self._connection, self._producer = self._connection, None, None
        if connection is not None:
            connection.collect(TIMEOUT_S)  # without a farewell, which nobody would answer

    def _note_down(self, error: Exception) -> None:
        if not self.is_down:
            log.warning("the broker is unavailable; jobs wait for the next tick", error=type(error).__name__)
        self.is_down = True

    def _note_up(self) -> None:
        if self.is_down:
            log.info("the broker is available again")
        self.is_down = False
