from pathlib import Path

import pytest

from tests.architecture import layers
from tests.architecture.sample_tree import TIDY, plant

ROOT = Path(__file__).parents[2]
RULES = [
    layers.direction_violations,
    layers.feature_file_violations,
    layers.hidden_import_violations,
    layers.cycle_violations,
]


@pytest.mark.parametrize("rule", RULES)
class TestWholeTree:
    def test_this_service_keeps_the_rule(self, rule):
        assert rule(ROOT) == []

    def test_tidy_tree_keeps_the_rule(self, rule, tmp_path):
        assert rule(plant(tmp_path, {})) == []


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("service/contract/problems.py", "import service.config", "contract may import nothing else"),
        ("service/contract/problems.py", "from service import config", "contract may import nothing else"),
        ("service/contract/problems.py", "from ..core import database", "contract may import nothing else"),
        ("service/config.py", "from service.contract import Problem", "config may import nothing else"),
        ("service/extensions.py", "from service.models import Post", "extensions imports models"),
        ("service/models/posts.py", "from service.core.database import end", "models may import extensions"),
        ("service/models/posts.py", "from service.config import Settings", "models may import extensions"),
        ("service/core/database.py", "from service.posts.actions import x", "core imports posts"),
        ("service/core/database.py", "def f():\n    from service.posts import actions", "core imports posts"),
        ("service/core/database.py", "if TYPE_CHECKING:\n    import service.app", "core imports app"),
        ("service/tags/queries.py", "from service.posts.queries import x", "tags imports posts"),
        ("service/tags/queries.py", "from service import posts", "tags imports posts"),
        ("service/posts/actions.py", "from service.api import FEATURES", "posts imports api"),
        ("service/worker.py", "from service.cli import x", "worker imports cli"),
        ("service/cli.py", "from service.app import create_app", "cli imports app"),
        ("service/posts/actions.py", "import service\nservice.api.build_api()", "posts imports api"),
        ("service/__init__.py", "from service.app import create_app", "imports nothing of its own"),
        ("service/search/__init__.py", "", "service.search is in no layer"),
        ("service/feeds.py", "", "service.feeds is in no layer"),
        ("service/api.py", 'FEATURES = ("tags", "posts", "gone")', "no package of service/"),
    ],
)
def test_import_to_the_right_is_found(path, code, said, tmp_path):
    found = layers.direction_violations(plant(tmp_path, {path: code}))

    assert [said in line for line in found] == [True], found
    assert found[0].startswith(path)


@pytest.mark.parametrize(
    "code", ["", "FEATURES = tuple(names)", 'FEATURES = ["tags"]', 'def f():\n    FEATURES = ("a",)']
)
def test_features_must_be_literal(code, tmp_path):
    with pytest.raises(ValueError, match="literal"):
        layers.features(plant(tmp_path, {"service/api.py": code}))


def test_features_are_read_in_their_order(tmp_path):
    assert layers.features(plant(tmp_path, {})) == ("tags", "posts")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("service/posts/actions.py", "from service.posts import routes"),
        ("service/posts/actions.py", "from service.posts.schemas import post_input"),
        ("service/posts/actions.py", "from . import schemas"),
        ("service/posts/queries.py", "from .actions import publish_post"),
        ("service/posts/queries.py", "def f():\n    import service.posts.actions"),
        ("service/posts/schemas.py", "from service.posts.routes import ns"),
        ("service/posts/tasks.py", "from service.posts.schemas import x"),
        ("service/posts/slugs.py", "from service.posts.routes import x"),
        ("service/posts/actions.py", "from service.tags import tasks"),
        ("service/posts/publishing.py", "from service.tags.tasks import x"),
    ],
)
def test_order_within_a_feature_is_held(path, code, tmp_path):
    found = layers.feature_file_violations(plant(tmp_path, {path: code}))

    assert len(found) == 1
    assert found[0].startswith(path)


@pytest.mark.parametrize(
    "code",
    [
        "import importlib\nimportlib.import_module('service.posts.actions')",
        "from importlib import import_module\nimport_module(name)",
        "__import__('service.app')",
        "from werkzeug.utils import import_string\nimport_string('service.app')",
    ],
)
def test_import_by_name_is_found(code, tmp_path):
    assert len(layers.hidden_import_violations(plant(tmp_path, {"service/core/database.py": code}))) == 1


@pytest.mark.parametrize("path", ["service/api.py", "service/worker.py"])
def test_composition_roots_may_import_by_name(path, tmp_path):
    code = f"{TIDY[path]}\nimport importlib\nimportlib.import_module('service.posts')"

    assert layers.hidden_import_violations(plant(tmp_path, {path: code})) == []


def test_cycle_of_two_is_found(tmp_path):
    tree = plant(
        tmp_path,
        {
            "service/posts/slugs.py": "from service.posts import markdown",
            "service/posts/markdown.py": "def f():\n    from service.posts.slugs import slug",
        },
    )

    assert layers.cycle_violations(tree) == [
        "import cycle: service.posts.markdown -> service.posts.slugs -> service.posts.markdown"
    ]


def test_cycle_through_a_package_is_found(tmp_path):
    tree = plant(tmp_path, {"service/contract/problems.py": "from service.contract import Problem"})

    assert layers.cycle_violations(tree) == [
        "import cycle: service.contract -> service.contract.problems -> service.contract"
    ]


def test_long_cycle_is_found_once(tmp_path):
    ring = {f"service/core/part{i}.py": f"from service.core.part{(i + 1) % 5} import x" for i in range(5)}

    assert len(layers.cycle_violations(plant(tmp_path, ring))) == 1
