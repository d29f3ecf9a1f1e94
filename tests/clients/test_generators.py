"""Other client generators: their output is imported or compiled, and parses real responses."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pydantic
import pytest

from service.models.posts import PostStatus
from tests import npm
from tests.accounts import auth_headers, create_account
from tests.clients.conftest import DOCUMENT
from tests.factories import create_post, create_tag

TYPESCRIPT = Path(__file__).parent / "swagger_typescript_api"


@pytest.fixture(scope="session")
def pydantic_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Turn the document into Pydantic models, warnings being errors, and import them."""
    file = tmp_path_factory.mktemp("pydantic") / "colophon_models.py"
    done = _models_of(DOCUMENT, file)
    assert (done.returncode, done.stderr) == (0, "")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[file.stem]


def _models_of(document: Path, file: Path) -> subprocess.CompletedProcess[str]:
    # A datetime of Python can only be written in a form that the pattern of instants accepts.
    harmless = "ignore:Pydantic does not take pattern on AwareDatetime"
    command = [sys.executable, "-W", "error", "-W", harmless, "-m", "datamodel_code_generator"]
    command += ["--input", str(document), "--input-file-type", "openapi", "--output", str(file)]
    command += ["--output-model-type", "pydantic_v2.BaseModel", "--target-python-version", "3.11"]
    command += ["--formatters", "builtin", "--use-annotated", "--strict-refs"]
    # Without these it would name Status, Status1 and ApiAuthMeGetResponse1.
    command += ["--naming-strategy", "full-path", "--openapi-scopes", "schemas", "paths"]
    command += ["--use-operation-id-as-name", "--use-status-code-in-response-name"]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


def held(model: type[pydantic.BaseModel], response: Any) -> Any:
    """Return the body as the model reads it, if the model would write the same."""
    read = model.model_validate_json(response.data)
    assert read.model_dump(mode="json", exclude_unset=True) == response.json
    return read


class TestPydantic:
    @pytest.fixture
    def author(self, app):
        return create_account(bio="Writes about the analytical engine.")

    def test_answers(self, client, author, pydantic_models):
        given = {"status": PostStatus.PUBLISHED, "canonical_url": "https://example.org/engine"}
        post_id = create_post(author, tags=[create_tag("Engines")], **given).id
        (summary,) = held(pydantic_models.ListPostsResponse200, client.get("/api/posts")).root
        assert type(summary) is pydantic_models.PostSummary
        shown = held(pydantic_models.Post, client.get(f"/api/posts/{post_id}"))
        assert shown.status is pydantic_models.PostStatus.published
        assert shown.canonical_url == "https://example.org/engine"
        assert [type(tag) for tag in shown.tags] == [pydantic_models.PostTag]
        me = held(pydantic_models.User, client.get("/api/auth/me", headers=auth_headers(author)))
        assert me.email == author.email
        (tag,) = held(pydantic_models.ListTagsResponse200, client.get("/api/tags")).root
        assert type(tag) is pydantic_models.Tag

    def test_problems_are_told_apart_by_code(self, client, author, pydantic_models):
        union = pydantic_models.GetMeResponse401
        anonymous = held(union, client.get("/api/auth/me"))
        assert type(anonymous.root) is pydantic_models.UnauthorizedProblem
        forged = held(union, client.get("/api/auth/me", headers={"Authorization": "Bearer forged"}))
        assert type(forged.root) is pydantic_models.InvalidTokenProblem
        with pytest.raises(pydantic.ValidationError, match="union_tag_invalid"):
            union.model_validate({**anonymous.root.model_dump(), "code": "NOT_FOUND"})

        bad = client.post("/api/posts", json={"title": ""}, headers=auth_headers(author))
        refused = held(pydantic_models.CreatePostResponse400, bad).root
        assert type(refused) is pydantic_models.InvalidInputProblem
        assert {error.pointer for error in refused.errors} == {"/title", "/body"}

    def test_what_the_document_forbids_is_refused(self, pydantic_models):
        with pytest.raises(pydantic.ValidationError, match="extra_forbidden"):
            pydantic_models.NewPost(title="A", body="", author="ada")
        with pytest.raises(pydantic.ValidationError, match="string_too_long"):
            pydantic_models.NewPost(title="x" * 201, body="")

    def test_every_schema_has_a_class_of_its_name(self, pydantic_models):
        schemas = json.loads(DOCUMENT.read_bytes())["components"]["schemas"]
        assert [name for name in schemas if not hasattr(pydantic_models, name)] == []

    def test_a_warning_would_be_seen(self, tmp_path):
        document = json.loads(DOCUMENT.read_bytes())
        document["components"]["schemas"]["Post"]["properties"]["canonical_url"]["format"] = "uri"
        planted = tmp_path / "openapi.json"
        planted.write_text(json.dumps(document))
        done = _models_of(planted, tmp_path / "models.py")
        assert done.returncode != 0
        assert "Post.canonical_url is generated without these constraints" in done.stderr


@pytest.fixture(scope="module")
def typescript(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], tuple[Path, str]]:
    """Return a function that generates a client from a document: its folder, and what was warned of."""
    program = npm.installed(TYPESCRIPT) / "swagger-typescript-api"

    def run(document: Any) -> tuple[Path, str]:
        folder = tmp_path_factory.mktemp("typescript")
        (folder / "openapi.json").write_text(json.dumps(document))
        command = [program, "generate", "--path", "openapi.json", "--output", ".", "--name", "api.ts"]
        command += ["--module-name-first-tag"]
        done = subprocess.run(
            command, cwd=folder, env=npm.environment(), capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, done.stdout + done.stderr
        file = folder / "api.ts"
        text = file.read_text()
        # It asks the compiler not to look; we want it to.
        assert text.count("// @ts-nocheck\n") == 1
        file.write_text(text.replace("// @ts-nocheck\n", ""))
        return folder, done.stderr.strip()

    return run


@pytest.fixture(scope="module")
def typescript_client(typescript: Any) -> tuple[Path, str]:
    return typescript(json.loads(DOCUMENT.read_bytes()))


def _compiled(folder: Path, *files: str) -> str:
    """Return what the compiler says of the files, empty if it has nothing to say."""
    command = [npm.installed(TYPESCRIPT) / "tsc", "--ignoreConfig", "--noEmit", "--strict"]
    command += ["--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", *files]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    assert (done.returncode == 0) is (done.stdout == ""), done.stdout + done.stderr
    return done.stdout


class TestSwaggerTypescriptApi:
    def test_nothing_is_warned_of(self, typescript_client):
        assert typescript_client[1] == ""

    def test_a_warning_would_be_seen(self, typescript):
        document = json.loads(DOCUMENT.read_bytes())
        document["paths"]["/api/hello"]["get"].update(operationId="listPosts", tags=["posts"])
        assert 'already has method "listPosts()"' in typescript(document)[1]

    def test_the_client_and_a_program_on_it_compile(self, typescript_client):
        folder, _ = typescript_client
        (folder / "reader.ts").write_text((TYPESCRIPT / "reader.ts").read_text())
        assert _compiled(folder, "reader.ts") == ""

    def test_a_mistaken_program_does_not(self, typescript_client):
        folder, _ = typescript_client
        text = (TYPESCRIPT / "reader.ts").read_text()
        mistakes = {
            "post.title": "post.titel",
            "updatePost(post.id": "updatePost(7",
            '"-published_at"': '"-published"',
            "satisfies 412": "satisfies 409",
            '"SLUG_TAKEN"': '"SLUG_TAKE"',
        }
        for right, wrong in mistakes.items():
            assert text.count(right) == 1, right
            text = text.replace(right, wrong)
        (folder / "mistaken.ts").write_text(text)
        said = _compiled(folder, "mistaken.ts")
        refused = [text.splitlines()[int(number) - 1] for number in re.findall(r"\((\d+),\d+\): error", said)]
        assert [wrong for wrong in mistakes.values() if not any(wrong in line for line in refused)] == []
