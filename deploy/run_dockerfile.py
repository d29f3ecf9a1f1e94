"""Runs the steps of a Dockerfile in an empty folder, without a container engine.

::

    python deploy/run_dockerfile.py build [--context web] [--build-arg NAME=VALUE ...] FOLDER
    python deploy/run_dockerfile.py run [--env NAME=VALUE ...] FOLDER [COMMAND ...]
    python deploy/run_dockerfile.py health [--env NAME=VALUE ...] FOLDER

As in a rootless engine, every step runs in a user namespace of its own: root there is user 100000 here, who owns
nothing but the folder, and `USER 10001` is 110001. The folder is its root directory, so paths are those of
the image. In place of the base image it sees this machine's `/usr` and `/etc`, read-only by lack of rights, with
a Python as near to the wanted version as there is, or this machine's Node.js, at `/usr/local`. What that cannot
show: that the base image has what the steps use. Needs root (or `sudo`) and Linux.
"""
# A script that runs commands and says which: that is all it is for.
# ruff: noqa: INP001, S603, S607, T201

from __future__ import annotations

import argparse
import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath

CONTEXT = Path(__file__).resolve().parents[1]
FIRST_ID = 100_000  # of this machine, for root of the image
IDS = 65_536
NEW_MOUNTS, NEW_USERS = 0x0002_0000, 0x1000_0000  # linux/sched.h
NO_NEW_PRIVILEGES = 38  # linux/prctl.h
BOUND = ("usr", "etc", "dev", "proc")  # of this machine, in place of the base image's
LINKS = ("bin", "lib", "lib64", "sbin")

# The library path stands in for the ldconfig of the base image.
BASE_ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/root", "LD_LIBRARY_PATH": "/usr/local/lib"}

# What an engine gives every build of its own: how to reach the network.
NETWORK = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NODE_EXTRA_CA_CERTS",
    "NO_PROXY",
    "PIP_CERT",
    "PIP_INDEX_URL",
    "PIP_TRUSTED_HOST",
    "SSL_CERT_FILE",
    "UV_DEFAULT_INDEX",
)


@dataclass
class Image:
    """What the instructions read so far have said, of one stage."""

    root: str
    runtime: str = ""  # what is seen at /usr/local; empty for what is there
    env: dict[str, str] = field(default_factory=lambda: dict(BASE_ENV))
    arguments: dict[str, str] = field(default_factory=dict)  # seen by RUN alone
    workdir: str = "/"
    user: int = 0
    group: int = 0
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)

    def outside(self, path: str) -> Path:
        """Return where a path of the image is on this machine; `..` never leads out of the folder."""
        inside = os.path.normpath(PurePosixPath(self.workdir) / path)
        return Path(self.root) / inside.lstrip("/")


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Yield (instruction, its text), comments gone and continued lines joined."""
    joined = ""
    for line in text.splitlines():
        if line.lstrip().startswith("#") or not line.strip():
            continue
        joined += line.strip()
        if joined.endswith("\\"):
            joined = joined[:-1]
            continue
        name, _, rest = joined.partition(" ")
        yield name.upper(), rest.strip()
        joined = ""


def flags(text: str, *known: str) -> tuple[dict[str, str], str]:
    """Return the `--name=value` in front of an instruction's text, and the rest; refuse a name not `known`."""
    found: dict[str, str] = {}
    while match := re.match(r"--([a-z-]+)=(\S+)\s+", text):
        if match[1] not in known:
            sys.exit(f"--{match[1]} is not understood here: {text}")
        found[match[1]] = match[2]
        text = text[match.end() :]
    return found, text


def words(text: str) -> list[str]:
    """Return the exec form as it is, the shell form as a shell's command."""
    return list(json.loads(text)) if text.startswith("[") else ["/bin/sh", "-c", text]


def ignored(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Return whether a path of the context is left out by `.dockerignore`: of the patterns that match, the last."""
    rules = []
    for pattern in patterns:
        glob = re.escape(pattern.lstrip("!").strip("/"))
        glob = (
            glob.replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*").replace(r"\[", "[").replace(r"\]", "]")
        )
        rules.append((re.compile(rf"{glob}(?:/.*)?"), not pattern.startswith("!")))

    def decide(path: str) -> bool:
        return next((leave_out for rule, leave_out in reversed(rules) if rule.fullmatch(path)), False)

    return decide


def build(folder: Path, given: Mapping[str, str] | None = None) -> Image:
    """Run every instruction of the Dockerfile in `folder`, which must be empty; return the last stage.

    `given` has values for its `ARG`s.
    """
    lines = (CONTEXT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    left_out = ignored([line.strip() for line in lines if line.strip() and not line.startswith("#")])
    stages: dict[str, Image] = {}
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        sys.exit(f"{folder} is not empty")
    image = Image("")
    for number, (name, text) in enumerate(
        instructions((CONTEXT / "Dockerfile").read_text(encoding="utf-8")), 1
    ):
        print(f"[{number}] {name} {text[:100]}", file=sys.stderr, flush=True)
        if name == "FROM":
            base, _, alias = text.partition(" AS ")
            image = empty_stage(folder / (alias or "image"), base)
            stages[alias or "image"] = image
        elif name == "ARG":
            argument, _, default = text.partition("=")
            image.arguments[argument] = (given or {}).get(argument, default)
        else:
            carry_out(image, name, text, stages, left_out)
    (folder / "image.json").write_text(json.dumps(asdict(image), indent=2), encoding="utf-8")
    return image


def empty_stage(root: Path, base: str) -> Image:
    """Make the root directory of a stage: mount points, and what every base image has."""
    for name in (*BOUND, "root", "tmp", "opt", "var"):
        (root / name).mkdir(parents=True)
        os.chown(root / name, FIRST_ID, FIRST_ID)
    (root / "tmp").chmod(0o1777)
    os.chown(root, FIRST_ID, FIRST_ID)
    root.chmod(0o755)
    for name in LINKS:
        (root / name).symlink_to(f"usr/{name}")
    return Image(str(root), node() if base.startswith("node:") else python_for(base, root.parent))


def carry_out(
    image: Image, name: str, text: str, stages: Mapping[str, Image], left_out: Callable[[str], bool]
) -> None:
    """Do what one instruction says."""
    text = text if name in {"RUN", "CMD", "HEALTHCHECK"} else substitute(text, image.env)
    match name:
        case "ENV":
            image.env |= dict(pair.split("=", 1) for pair in text.split())
        case "WORKDIR":
            image.workdir = os.path.normpath(PurePosixPath(image.workdir) / text)
            own(image.outside("."), make=True)
        case "USER":
            image.user, image.group = (int(part) for part in text.split(":"))
        case "COPY":
            copy(image, text, stages, left_out)
        case "RUN":
            network = {key: os.environ[key] for key in NETWORK if key in os.environ}
            subprocess.run(inside(image, words(text), network | image.arguments), check=True)
        case "CMD":
            image.command = words(text)
        case "HEALTHCHECK":
            _, text = flags(text, "interval", "timeout", "start-period", "retries")
            image.health = words(text.removeprefix("CMD").strip())
        case "VOLUME" | "EXPOSE" | "STOPSIGNAL" | "LABEL":
            pass
        case _:
            sys.exit(f"{name} is not understood here: {text}")


def substitute(text: str, env: Mapping[str, str]) -> str:
    """Put the values of ENV for `$NAME` and `${NAME}`."""
    return re.sub(r"\$\{?(\w+)\}?", lambda match: env.get(match[1], ""), text)


def own(path: Path, *, make: bool = False) -> None:
    """Give `path` to root of the image; make it and what lacks above it, if asked to."""
    if make and not path.exists():
        own(path.parent, make=True)
        path.mkdir()
        os.chown(path, FIRST_ID, FIRST_ID)
    elif not make:
        os.chown(path, FIRST_ID, FIRST_ID, follow_symlinks=False)


def copy(image: Image, text: str, stages: Mapping[str, Image], left_out: Callable[[str], bool]) -> None:
    """Copy from a stage as it is, or from the context what `.dockerignore` lets through, given to root."""
    options, text = flags(text, "from")
    *sources, target = text.split()
    if stage := options.get("from"):
        own(image.outside(target).parent, make=True)
        subprocess.run(["cp", "-a", stages[stage].outside(sources[0]), image.outside(target)], check=True)
        return
    for source in sources:
        if left_out(source.rstrip("/")) or not (CONTEXT / source).exists():
            sys.exit(f"COPY {source}: not in the build context")
        for path in files(source.rstrip("/"), left_out):
            # A folder gives its content, a file itself, to a target that ends with a slash.
            name = Path(path).relative_to(source) if (CONTEXT / source).is_dir() else Path(path).name
            to = image.outside(target) / name
            own(to.parent, make=True)
            shutil.copy(CONTEXT / path, to)
            own(to)


def files(source: str, left_out: Callable[[str], bool]) -> Iterator[str]:
    """Yield the files under a path of the context that are not left out."""
    path = CONTEXT / source
    if not path.is_dir():
        yield source
        return
    for child in sorted(path.iterdir()):
        name = f"{source}/{child.name}"
        if not left_out(name):
            yield from files(name, left_out)


def inside(image: Image, command: Sequence[str], env: Mapping[str, str]) -> list[str]:
    """Return the command line that runs `command` in the image, as its user, with `env` besides its own."""
    return [sys.executable, __file__, "enter", json.dumps([asdict(image), list(command), dict(env)])]


def enter(image: Image, command: Sequence[str], env: Mapping[str, str]) -> None:
    """Become `command` in the image; this process keeps its id, so that it is stopped like any other."""
    os.chdir(image.root)
    give_ids = id_giver(os.getpid())
    unshare(NEW_MOUNTS)
    mount("--make-rprivate", "/")
    for name in BOUND:
        mount("--rbind", f"/{name}", f"{image.root}/{name}")
    if image.runtime:
        mount("--bind", image.runtime, f"{image.root}/usr/local")
    become(FIRST_ID, FIRST_ID)
    unshare(NEW_USERS)
    give_ids()
    become(0, 0)
    os.chroot(".")
    os.chdir(image.workdir)
    become(image.user, image.group)
    ctypes.CDLL(None).prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    os.umask(0o022)
    os.execvpe(command[0], list(command), image.env | dict(env))  # noqa: S606  # no shell is the point


def unshare(what: int) -> None:
    """Leave namespaces of this machine (os.unshare() is there from Python 3.12 on)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(what) != 0:
        sys.exit(
            f"This machine gives no namespaces ({os.strerror(ctypes.get_errno())}); unrestricted root is needed."
        )


def mount(*arguments: str) -> None:
    """Mount, in the namespace of this process alone."""
    subprocess.run(["mount", *arguments], check=True)


def become(user: int, group: int) -> None:
    """Take on another identity, with no group besides."""
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)


def id_giver(process: int) -> Callable[[], None]:
    """Return a function that gives the new user namespace of `process` its `IDS` ids from `FIRST_ID` on.

    Only a process outside the namespace may: a child, forked here, that stays root until then.
    """
    asked, ask = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ask)
        if os.read(asked, 1):
            for kind in ("uid", "gid"):
                Path(f"/proc/{process}/{kind}_map").write_text(f"0 {FIRST_ID} {IDS}", encoding="ascii")
        os._exit(0)

    def give() -> None:
        os.write(ask, b"!")
        if os.waitpid(child, 0)[1] != 0:
            sys.exit("The ids of the user namespace could not be set; unrestricted root is needed.")

    return give


def python_for(base: str, folder: Path) -> str:
    """Return what stands in for /usr/local of `python:X.Y-slim`: Python X.Y, else one of those supported."""
    wanted = re.match(r"python:(\d+\.\d+)", base)
    names = [f"python{wanted[1]}"] if wanted else []
    for name in (*names, sys.executable, "python3.13", "python3.12", "python3.11"):
        if shutil.which(name) and (prefix := prefix_of(name)):
            break
    else:
        sys.exit(f"No Python with venv and pip stands in for {base}.")
    if prefix != "/usr":
        return prefix
    # The system's Python is there anyway; an environment of it has the `python` and `pip` that Debian's lacks.
    subprocess.run([f"{prefix}/bin/python3", "-m", "venv", folder / "python"], check=True)
    return str(folder / "python")


def node() -> str:
    """Return what stands in for /usr/local of `node:X-slim`; empty if this machine's Node.js is seen anyway."""
    found = shutil.which("node")
    if found is None:
        sys.exit("No Node.js stands in for the base image.")
    prefix = str(Path(found).resolve().parents[1])
    return "" if prefix in {"/usr", "/usr/local"} else prefix


def prefix_of(python: str) -> str:
    """Return where an interpreter is installed; empty when it is too old or cannot make environments."""
    question = "import ensurepip, sys, venv; print(sys.base_prefix if sys.version_info >= (3, 11) else '')"
    return subprocess.run(
        [python, "-c", question], capture_output=True, text=True, check=False
    ).stdout.strip()


def main() -> None:
    """Build, or run something in what was built."""
    global CONTEXT  # noqa: PLW0603  # a script has one
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    actions = parser.add_subparsers(dest="action", required=True)
    for name in ("build", "run", "health"):
        action = actions.add_parser(name)
        action.add_argument("folder", type=Path)
        if name == "build":
            action.add_argument("--context", type=Path, default=CONTEXT)
            action.add_argument("--build-arg", action="append", default=[], metavar="NAME=VALUE")
        else:
            action.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
            action.add_argument("command", nargs=argparse.REMAINDER)
    actions.add_parser("enter").add_argument("given", type=json.loads)
    chosen = parser.parse_args()
    if os.geteuid() != 0:
        os.execvp("sudo", ["sudo", "-n", f"--preserve-env={','.join(NETWORK)}", sys.executable, *sys.argv])  # noqa: S606
    if chosen.action == "build":
        CONTEXT = chosen.context.resolve()
        build(chosen.folder.resolve(), dict(pair.split("=", 1) for pair in chosen.build_arg))
        return
    if chosen.action == "enter":
        image, command, env = chosen.given
        enter(Image(**image), command, env)
    image = Image(**json.loads((chosen.folder.resolve() / "image.json").read_text(encoding="utf-8")))
    default = image.health if chosen.action == "health" else image.command
    enter(image, chosen.command or default, dict(pair.split("=", 1) for pair in chosen.env))


if __name__ == "__main__":
    main()
