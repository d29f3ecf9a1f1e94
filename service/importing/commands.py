"""CLI commands `flask import-posts` and `flask export-posts`."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from service.config import settings
from service.core.cli_errors import cli_database_errors, require_current_schema
from service.core.database import read_connection
from service.core.storage import open_storage
from service.core.texts import counted
from service.importing.actions import ImportInterrupted, ImportReport, import_tree
from service.importing.archives import Archive
from service.importing.exporting import FolderInUse, export_tree
from service.importing.files import Folder, UnreadableTree
from service.importing.trees import SourceTree, read_tree
from service.models.casefolding import casefold
from service.models.users import Role, User

LISTED = 20  # notes that are printed without --verbose


@click.command("import-posts")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check and render all posts, but write nothing.")
@click.option("--author", help="Author (username) of posts without one. Default: the first administrator.")
@click.option(
    "--site-url",
    "site_urls",
    multiple=True,
    help="URL of the site, to recognize links between posts. Can be repeated.",
)
@click.option("--verbose", is_flag=True, help="Print all notes.")
@click.pass_context
@with_appcontext
def import_posts(
    context: click.Context,
    source: Path,
    dry_run: bool,
    author: str | None,
    site_urls: tuple[str, ...],
    verbose: bool,
) -> None:
    """Import the posts of a Zola, Hugo, Jekyll or Next.js site from SOURCE, a folder or a zip archive of one.

    Importing again is safe: unchanged files are skipped, changed files update their posts, and posts of deleted files
    stay. Files that cannot be imported are listed, and the exit status is 1.
    """
    with cli_database_errors():
        require_current_schema()
        author_id = _author(author)
        tree = _tree(context, source, site_urls)
        click.echo(tree.summary)
        report = _import(tree, author_id, dry_run=dry_run)
    _tell(report, len(tree.skipped), dry_run=dry_run, listed=None if verbose else LISTED)
    if report.problems:
        context.exit(1)


@click.command("export-posts")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@with_appcontext
def export_posts(folder: Path) -> None:
    """Export all posts, except those in the trash, as Markdown files to a new or empty FOLDER.

    Importing them gives an equal publication.
    """
    try:
        with cli_database_errors():
            require_current_schema()
            done = export_tree(folder, open_storage())
    except FolderInUse:
        raise click.ClickException(f"{folder} is not empty. Choose a new folder.") from None
    except OSError as error:
        raise click.ClickException(f"Cannot write {error.filename or folder}: {error.strerror}.") from None
    click.echo(f"Exported {counted(done.posts, 'post')} and {counted(done.images, 'image')} to {folder}.")


def _tree(context: click.Context, source: Path, site_urls: tuple[str, ...]) -> SourceTree:
    try:
        # Open until the command ends: posts are read while they are imported.
        files = context.with_resource(Archive(source)) if source.is_file() else Folder(source)
        tree = read_tree(files, site_urls=site_urls, zone=settings().site_zone)
    except UnreadableTree as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"Cannot read {error.filename or source}: {error.strerror}.") from None
    if not len(tree) and not tree.problems:
        raise click.ClickException(f"No posts found in {source}.")
    return tree


def _import(tree: SourceTree, author_id: int | None, *, dry_run: bool) -> ImportReport:
    with click.progressbar(length=len(tree), label="Importing") as bar:
        try:
            return import_tree(
                tree,
                default_author_id=author_id,
                uploader_id=author_id,
                dry_run=dry_run,
                progress=bar.update,
            )
        except ImportInterrupted as interrupted:
            reason, so_far = interrupted.reason, _counted(interrupted.report)
    raise click.ClickException(f"{reason} {so_far} so far. Run the import again to continue.")


def _author(username: str | None) -> int | None:
    query = select(User.id).where(
        User.username_key == casefold(username) if username else User.role == Role.ADMIN
    )
    user_id: int | None = read_connection().scalar(query.order_by(User.id).limit(1))
    if username and user_id is None:
        raise click.ClickException(f"User {username!r} not found.")
    return user_id


def _tell(report: ImportReport, skipped: int, *, dry_run: bool, listed: int | None) -> None:
    click.echo(
        f"{_counted(report, 'would be' if dry_run else 'were')}, {report.unchanged} unchanged; "
        f"{counted(len(report.images), 'image')}; {counted(skipped, 'file')} skipped; "
        f"{counted(len(report.problems), 'file')} failed."
    )
    if report.new_images and not dry_run:
        click.echo(
            f"{report.new_images} of the images are new. A worker (`flask worker`) makes their smaller sizes; until "
            "then the originals are shown."
        )
    for note in report.notes[:listed]:
        click.echo(f"note: {note.source_path}: {note.reason}")
    if listed is not None and len(report.notes) > listed:
        click.echo(f"... and {len(report.notes) - listed} more notes (use --verbose to see all).")
    for problem in report.problems:
        click.echo(f"error: {problem.source_path}: {problem.reason}", err=True)


def _counted(report: ImportReport, done: str = "were") -> str:
    created = len(report.created)
    done = "was" if created == 1 and done == "were" else done
    return f"{counted(created, 'post')} {done} created, {len(report.updated)} updated"
