"""The queue of jobs as tests see it, and what tasks have done; the fixture `jobs` is in conftest.py."""

from sqlalchemy import select, update

from service.core.database import database_now, transaction
from service.core.jobs import queue
from service.extensions import db
from service.models.jobs import Job
from tests.core.jobs.sample_tasks import create_effects, effects


class JobQueue:
    """The queue as tests see it, with the sample tasks."""

    def __init__(self):
        create_effects(db.engine)

    def enqueue(self, task, **options):
        with transaction():
            return queue.enqueue(task, **options)

    def claim(self):
        with db.engine.begin() as connection:
            return queue.claim(connection)

    def row(self, job_id):
        with db.engine.connect() as connection:
            return connection.execute(select(Job.__table__).where(Job.id == job_id)).one()

    def all_rows(self):
        with db.engine.connect() as connection:
            return connection.execute(select(Job.__table__).order_by(Job.id)).all()

    def set(self, job_id, **values):
        with db.engine.begin() as connection:
            connection.execute(update(Job).where(Job.id == job_id).values(**values))

    def make_due(self, job_id):
        self.set(job_id, due_at=database_now(-1))

    def lapse(self, job_id):
        self.set(job_id, leased_until=database_now(-1))

    def effects(self):
        return effects(db.engine)
