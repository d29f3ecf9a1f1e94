"""Which commands bring posts in and out? `flask import-posts` and `flask export-posts`."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import select

from service.config import settings
from service.core.storage import Storage
from service.extensions import db
from service.importing.actions import Report, import_tree
from service.importing.exporting import export_tree
from service.importing.files import UnreadableTree
from service.importing.trees import read_tree
from service.models.users import Role, User

LISTED = 20  # of each kind of note; --verbose lists all


@click.command("import-posts")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read, check and render everything; write nothing.")
@click.option("--author", help="The username that posts without an author get; else the first administrator.")
@click.option(
    "--site-url", "site_urls", multiple=True, help="An address of the site: links to it stay within."
)
@click.option("--verbose", is_flag=True, help="List every note, not only the first of them.")
@click.pass_context
def import_posts(
    context: click.Context,
    folder: Path,
    dry_run: bool,
    author: str | None,
    site_urls: tuple[str, ...],
    verbose: bool,
) -> None:
    """Import the posts in FOLDER, kept as Zola, Hugo, Jekyll or Next.js sites keep them.

    A second run changes nothing; a changed file updates its post. Every file that could not be taken is listed with
    the reason, and then the command ends with status 1.
    """
    try:
        tree = read_tree(folder, site_urls=site_urls)
    except UnreadableTree as error:
        raise click.ClickException(str(error)) from None
    click.echo(tree.sentence)
    storage = Storage(settings().media_dir)
    with click.progressbar(length=len(tree), label="Importing") as bar:
        report = import_tree(
            tree, storage, default_author_id=_author(author), dry_run=dry_run, progress=bar.update
        )
    _tell(report, len(tree.skipped), dry_run=dry_run, listed=None if verbose else LISTED)
    if report.problems:
        context.exit(1)


@click.command("export-posts")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export_posts(folder: Path) -> None:
    """Write every post outside the trash to FOLDER, as files that import to an equal publication."""
    done = export_tree(folder, Storage(settings().media_dir))
    click.echo(f"Wrote {done.posts} posts and {done.images} images to {folder}.")


def _author(username: str | None) -> int | None:
    wanted = select(User.id).where(
        User.username_key == username.casefold() if username else User.role == Role.ADMIN
    )
    found = db.session.scalar(wanted.order_by(User.id).limit(1))
    if username and found is None:
        raise click.ClickException(f"There is no account called {username!r}.")
    return found


def _tell(report: Report, skipped: int, *, dry_run: bool, listed: int | None) -> None:
    done = "would be" if dry_run else "were"
    click.echo(
        f"{len(report.created)} posts {done} created, {len(report.updated)} updated, {report.unchanged} unchanged; "
        f"{len(report.images)} images; {skipped} files are no posts; {len(report.problems)} files could not be taken."
    )
    for note in report.notes[:listed]:
        click.echo(f"note: {note.source_path}: {note.reason}")
    if listed is not None and len(report.notes) > listed:
        click.echo(f"... and {len(report.notes) - listed} more notes; --verbose lists them.")
    for problem in report.problems:
        click.echo(f"not taken: {problem.source_path}: {problem.reason}", err=True)
