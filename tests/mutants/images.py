"""Faults in images: what is accepted as one, what leaves with it, and how its renditions come and go."""

from __future__ import annotations

from tests.mutants.mutant import mutant

_HEADERS = "service/core/images/headers.py"
_RENDERING = "service/media/rendering.py"
_PROCESS = "service/media/render_process.py"
_RENDERER = "service/media/renderer"

IMAGES = (
    mutant(
        "an image of any number of pixels is decoded",
        _HEADERS,
        "    if canvas.width * canvas.height > limit:\n",
        "    if canvas.width > limit:\n",
        "images",
    ),
    mutant(
        "an animation of any number of frames is accepted",
        _HEADERS,
        "    if canvas.frames > FRAMES_MAX:\n",
        "    if canvas.frames > 100 * FRAMES_MAX:\n",
        "images",
    ),
    mutant(
        "a photo that lies on its side is said to be wide",
        _HEADERS,
        "canvas.orientation < 5",
        "canvas.orientation < 9",
        "images",
    ),
    mutant(
        "a photo is served with the place where it was taken",
        "service/core/images/jpeg.py",
        "    return marker == _APP14 or not (marker == _COM or 0xE0 <= marker <= 0xEF)\n",
        "    return marker != _COM\n",
        "images",
    ),
    mutant(
        "what is behind an image in its file is served with it",
        "service/core/images/png.py",
        '        if kind == b"IEND":\n            return\n    raise damaged',
        "    raise damaged",
        "images",
    ),
    mutant(
        "an image that would take more memory than there is, is decoded",
        _PROCESS,
        "    if _BASE_BYTES + decoded + _PICTURE_BYTES > MEMORY_BYTES:\n",
        "    if decoded > 4 * MEMORY_BYTES:\n",
        "responses: media",
    ),
    mutant(
        "what decodes a stranger's file has the secrets of the service",
        _PROCESS,
        '        env={"MALLOC_ARENA_MAX": "1", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},\n',
        '        env={**os.environ, "MALLOC_ARENA_MAX": "1"},\n',
        "responses: media",
    ),
    mutant(
        "what decodes goes on when its job was killed",
        f"{_RENDERER}/__main__.py",
        "        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)\n",
        "        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, 0)\n",
        "responses: media",
    ),
    mutant(
        "renditions are made that are larger than what they replace",
        f"{_RENDERER}/encoding.py",
        "        if file.size_bytes < limit and (kept or file is files[0]):\n",
        "        if file.size_bytes:\n",
        "responses: media",
    ),
    mutant(
        "renditions of a file that was replaced meanwhile are those of the new one",
        _RENDERING,
        "        .where(Media.id == rendering.media_id, Media.name == rendering.name)\n",
        "        .where(Media.id == rendering.media_id)\n",
        "responses: media",
    ),
    mutant(
        "a focal point that changes while an image is rendered is lost",
        _RENDERING,
        "    return _find_rendering(media_id, in_transaction=True) is not None\n",
        "    return False\n",
        "responses: media",
    ),
    mutant(
        "a rendition that becomes ready is a conflict for whoever edits",
        _RENDERING,
        "        .values(renditions_version=Media.renditions_version + 1)\n",
        "        .values(renditions_version=Media.renditions_version + 1, version=Media.version + 1)\n",
        "responses: media",
    ),
    mutant(
        "an image whose storage is away has failed for ever",
        _RENDERING,
        '        raise AttemptFailed("The storage of media cannot be reached, or is full.") from error\n',
        "        _record_failure(rendering, CRASHED)\n",
        "responses: media",
    ),
)
