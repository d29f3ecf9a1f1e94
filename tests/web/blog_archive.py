"""The blog that imports.spec.ts uploads: a real one where there is one beside the checkout, else a generated one."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from tests.servers import ROOT

CORPUS = ROOT.parent / "shared" / "corpus" / "rust-blog" / "content"

# Several batches of an import, each of which takes long enough to cancel it meanwhile.
POSTS = 900
CODE_BLOCKS = 12
POST = """+++
title = "Post {number} of the old blog"
date = 2019-{month:02}-{day:02}
aliases = ["/old/{number}.html"]
[taxonomies]
tags = ["old"]
[extra]
author = "Ada of the old blog"
+++
The text of post {number}, with a link to [the first](@/post-000.md).

"""
CODE = """```rust
fn main() {
    let numbers: Vec<u32> = (0..100).filter(|number| number % 3 == 0).collect();
    println!("{numbers:?}");
}
```

"""


def write_blog(folder: Path) -> Path:
    """Write a blog of Markdown files, and return its folder."""
    content = folder / "content"
    content.mkdir(parents=True)
    for number in range(POSTS):
        text = POST.format(number=number, month=number // 28 % 12 + 1, day=number % 28 + 1)
        text += CODE * CODE_BLOCKS
        (content / f"post-{number:03}.md").write_text(text, encoding="utf-8")
    return content


def zip_folder(folder: Path, archive: Path) -> Path:
    """Write a zip archive of a folder, its own name included, as file managers make one."""
    with ZipFile(archive, "w", ZIP_DEFLATED) as written:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                written.write(file, Path(folder.name) / file.relative_to(folder))
    return archive
