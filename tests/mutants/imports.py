"""Faults in imports: what an archive may do, what is done twice, and what is left behind."""

from __future__ import annotations

from tests.mutants.mutant import mutant

_ARCHIVES = "service/importing/archives.py"
_BATCHES = "service/imports/batches.py"

IMPORTS = (
    mutant(
        "a path that leads out of an archive is taken",
        _ARCHIVES,
        '    if ".." in parts:\n        raise FileRejected("its path leads out of the archive")\n',
        "",
        "imports",
    ),
    mutant(
        "an absolute path in an archive is taken",
        _ARCHIVES,
        '    if path.startswith("/") or _DRIVE.match(path):\n',
        "    if _DRIVE.match(path):\n",
        "imports",
    ),
    mutant(
        "a symbolic link in an archive is read as a file",
        _ARCHIVES,
        "stat.S_ISLNK(info.external_attr >> 16)]",
        "stat.S_ISSOCK(info.external_attr >> 16)]",
        "imports",
    ),
    mutant(
        "a zip bomb is unpacked, file by file",
        _ARCHIVES,
        "        if info.file_size > max(_RATIO_FROM_BYTES, info.compress_size * MAX_RATIO):\n",
        "        if info.file_size > MAX_UNPACKED_BYTES:\n",
        "imports",
    ),
    mutant(
        "a zip bomb whose files share their bytes is unpacked",
        _ARCHIVES,
        "    if sum(info.compress_size for info in infos) > archive_bytes:\n",
        "    if max((info.compress_size for info in infos), default=0) > 2 * archive_bytes + 10_000:\n",
        "imports",
    ),
    mutant(
        "the files of an archive may be as large together as they like",
        _ARCHIVES,
        "    if sum(info.file_size for info in infos) > MAX_UNPACKED_BYTES:\n",
        "    if max((info.file_size for info in infos), default=0) > MAX_UNPACKED_BYTES:\n",
        "imports",
    ),
    mutant(
        "of two files of one name in an archive the first is taken",
        _ARCHIVES,
        "            del found[path]\n",
        "",
        "imports",
    ),
    mutant(
        "a job that takes over begins the import anew",
        _BATCHES,
        '    after, known_problems = row.last_path or "", len(tree.problems)\n',
        '    after, known_problems = "", len(tree.problems)\n',
        "imports",
    ),
    mutant(
        "a batch is committed before its job, so that a cancelled one stays",
        _BATCHES,
        "            unit=db.session.begin_nested,\n",
        "",
        "imports",
    ),
    mutant(
        "a dry run writes its posts",
        _BATCHES,
        "            dry_run=row.dry_run,\n",
        "            dry_run=False,\n",
        "imports",
    ),
    mutant(
        "an import that is under way is resumed by a second job",
        "service/imports/actions.py",
        "    if state not in STOPPED and not is_checked:\n        raise ImportNotStopped\n",
        "",
        "imports",
    ),
    mutant(
        "the archive of a finished import is kept",
        _BATCHES,
        "        discard_upload(row.upload_id)\n",
        "",
        "imports",
    ),
    mutant(
        "a scheduled post does not follow the new date in its file",
        "service/importing/batch_writer.py",
        " or _is_rescheduled(post, source):\n",
        ":\n",
        "imports",
    ),
    mutant(
        "importing again doubles the images",
        "service/importing/tree_media.py",
        "        if (name := connection.scalar(by_bytes.limit(1))) is not None:\n",
        "        if (name := connection.scalar(by_bytes.limit(0))) is not None:\n",
        "imports",
    ),
    mutant(
        "an import replaces a cover that was chosen here",
        "service/importing/batch_writer.py",
        "            if ready.own.id is None and (chosen.named if chosen else None) == last.get(name):\n",
        "            if ready.own.id is None and chosen is None and last.get(name) is None:\n",
        "imports",
    ),
    mutant(
        "the focal point of an image is lost on the way",
        "service/importing/image_details.py",
        '        values["focal_point"] = {"x": details.focal_x, "y": details.focal_y}\n',
        '        values["focal_point"] = {"x": details.focal_y, "y": details.focal_x}\n',
        "imports",
    ),
    mutant(
        "files of earlier imports become media that no post uses",
        "service/importing/adoption.py",
        "adopt=True)\n",
        "adopt=False)\n",
        "imports",
    ),
)
