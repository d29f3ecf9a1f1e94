"""CLI command `flask media move`."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from service.config import settings
from service.config.storage_settings import STORAGES
from service.core.storage.interface import Storage, StorageUnavailable
from service.core.storage.moving import MoveReport, move_files
from service.core.storage.opening import new_storage
from service.core.uploads.files import InsufficientStorage

media = AppGroup("media", help="Manage the files of media.")


@media.command("move")
@click.option("--to", "kind", type=click.Choice(STORAGES), required=True, help="The storage to copy to.")
@click.option(
    "--delete", is_flag=True, help="Delete each file from the other storage once its copy was read."
)
def move(kind: str, delete: bool) -> None:
    """Copy all files of media from the one storage to the other, and check the SHA-256 of each.

    Running it again goes on where it was interrupted. First copy while the service uses the old storage; set
    MEDIA_STORAGE and restart the service; then run it again, with --delete, for what was uploaded meanwhile.
    """
    if not settings().s3_bucket:
        raise click.ClickException("S3_BUCKET is not set. Set the S3_* settings of the bucket.")
    if delete and settings().media_storage != kind:
        raise click.ClickException(
            f"MEDIA_STORAGE is {settings().media_storage}: the service reads the files that --delete would delete. "
            f"Set it to {kind}, restart the service, and run this command again."
        )
    (other,) = (name for name in STORAGES if name != kind)
    source, destination = new_storage(other, settings()), new_storage(kind, settings())
    report = _moved(source, destination, delete=delete)
    click.echo(_counted(report, source, destination))
    for name in report.failed:
        click.echo(f"error: {name}: the copy has other bytes", err=True)
    if report.failed:
        raise click.ClickException(f"{len(report.failed)} files differ and were not deleted. Run it again.")


def _moved(source: Storage, destination: Storage, *, delete: bool) -> MoveReport:
    report = MoveReport()
    try:
        with click.progressbar(length=sum(1 for _ in source.names()), label="Copying") as bar:
            move_files(source, destination, report, delete=delete, progress=bar.update)
    except (StorageUnavailable, InsufficientStorage) as error:
        problem = "is full" if isinstance(error, InsufficientStorage) else "cannot be reached"
        places = destination.label if isinstance(error, InsufficientStorage) else "One of the storages"
        reason = f" ({_first_line(error.__cause__)})" if error.__cause__ else ""
        raise click.ClickException(
            f"{places[:1].upper()}{places[1:]} {problem}{reason}. {_counted(report, source, destination)} "
            "Run it again to continue."
        ) from None
    return report


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]


def _counted(report: MoveReport, source: Storage, destination: Storage) -> str:
    deleted = f" {report.deleted} were deleted from {source.label}." if report.deleted else ""
    return (
        f"Copied {report.copied} files ({report.copied_bytes:,} bytes) to {destination.label}; "
        f"{report.present} were there already.{deleted}"
    )
