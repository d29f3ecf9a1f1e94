"""Read a request as JSON from the standard input, write the files, and describe them as JSON on the standard output."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

_MIB = 1024 * 1024
# Of addresses, which are more than what is resident. A second line: what needs more memory is refused before.
ADDRESS_SPACE_BYTES = 768 * _MIB
CPU_S = 180
FILE_BYTES = 64 * _MIB
# EX_TEMPFAIL of sysexits.h.
TEMPORARY = 75
_PR_SET_PDEATHSIG = 1

TOO_MUCH_MEMORY = "The image needs too much memory to be decoded; it is shown as it was uploaded."
UNDECODABLE = "The image is damaged: it cannot be decoded. Save it again and upload the new file."


def main() -> None:
    """Render what the request asks for. A failure is an answer as well."""
    request = json.loads(sys.stdin.buffer.read())
    _limit(request["parent"])
    try:
        answer = _render(request)
    except MemoryError:
        answer = {"failure": TOO_MUCH_MEMORY}
    except OSError as error:
        # Those of decoders have no number; one of the system, such as a full disk, says nothing of the image.
        if error.errno is not None:
            sys.stderr.write(error.strerror or "")
            sys.exit(TEMPORARY)
        answer = _damaged(error)
    # A damaged file makes decoders raise whatever they come upon.
    except Exception as error:  # noqa: BLE001
        answer = _damaged(error)
    answer["peak_bytes"] = _peak_bytes()
    sys.stdout.write(json.dumps(answer))


def _damaged(error: Exception) -> dict[str, Any]:
    return {"failure": UNDECODABLE, "error": f"{type(error).__name__}: {error}"[:500]}


def _render(request: dict[str, Any]) -> dict[str, Any]:
    # Pillow is loaded behind the limits.
    from service.media.renderer.pictures import Request, render  # noqa: PLC0415

    return render(
        Request(
            path=Path(request["path"]),
            folder=Path(request["folder"]),
            stem=request["stem"],
            media_type=request["media_type"],
            size=(request["stored_size"][0], request["stored_size"][1]),
            orientation=request["orientation"],
            frames=request["frames"],
            focal_point=(request["focal_point"][0], request["focal_point"][1]),
            crops_only=request["crops_only"],
        )
    )


def _limit(parent: int) -> None:
    """Limit memory, time and files, and die with the process of the job, however that is killed."""
    for kind, limit in (
        (resource.RLIMIT_AS, ADDRESS_SPACE_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        _soft, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
    # A pipe that is closed is not enough: nobody reads it while libaom encodes. Elsewhere the limits must do.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def _peak_bytes() -> int:
    """Return the largest resident size so far. That of `getrusage` counts what the parent had when it forked."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
