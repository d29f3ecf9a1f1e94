"""Settings of background work."""

from __future__ import annotations

from dataclasses import dataclass

from service.config.variables import (
    Variable,
    broker_address,
    env_field,
    integer,
    one_of,
)

JOB_ENGINES = ("embedded", "celery")


@dataclass(frozen=True, kw_only=True)
class JobSettings:
    """How jobs are run and for how long they are kept."""

    job_engine: str = env_field(
        "embedded",
        Variable(
            "JOB_ENGINE",
            one_of(*JOB_ENGINES),
            "What `flask worker` runs: workers of the service itself, or Celery workers, also on other machines.",
        ),
    )
    job_broker_url: str = env_field(
        "",
        Variable(
            "JOB_BROKER_URL",
            broker_address,
            "Broker through which Celery workers are woken, required with `JOB_ENGINE=celery`: redis://host:6379/0 or "
            "amqp://user:password@host/vhost (RabbitMQ). It holds no jobs.",
            is_secret=True,
        ),
    )
    worker_processes: int = env_field(
        2,
        Variable(
            "WORKER_PROCESSES",
            integer(1, 64),
            "Number of background jobs that `flask worker` runs at a time, each in a process.",
            unit="processes",
        ),
    )
    job_late_after_s: int = env_field(
        60,
        Variable(
            "JOB_LATE_AFTER_S",
            integer(1, 86_400),
            "How long a job that is due may wait for a worker before readiness says `degraded`.",
            unit="seconds",
        ),
    )
    job_stream_s: int = env_field(
        30,
        Variable(
            "JOB_STREAM_S",
            integer(1, 30),
            "How long a stream of the events of a job lasts before the client connects again.",
            unit="seconds",
        ),
    )
    job_retention_days: int = env_field(
        14,
        Variable(
            "JOB_RETENTION_DAYS",
            integer(1, 3650),
            "How long finished background jobs are kept.",
            unit="days",
        ),
    )
    import_retention_days: int = env_field(
        90,
        Variable(
            "IMPORT_RETENTION_DAYS",
            integer(1, 3650),
            "How long imports and their reports are kept.",
            unit="days",
        ),
    )
    export_retention_days: int = env_field(
        7,
        Variable(
            "EXPORT_RETENTION_DAYS",
            integer(1, 3650),
            "How long exports and their archives are kept.",
            unit="days",
        ),
    )
    audit_retention_days: int = env_field(
        365,
        Variable(
            "AUDIT_RETENTION_DAYS",
            integer(30, 3650),
            "How long the audit log keeps its entries.",
            unit="days",
        ),
    )
    webhook_retention_days: int = env_field(
        30,
        Variable(
            "WEBHOOK_RETENTION_DAYS",
            integer(2, 3650),
            "How long the log of webhooks is kept, and what waits for a webhook that is disabled.",
            unit="days",
        ),
    )
