from pathlib import Path

import pytest

from tests.architecture import code_limits
from tests.architecture.sample_tree import plant

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "rule",
    [
        code_limits.size_violations,
        code_limits.route_violations,
        code_limits.name_violations,
        code_limits.package_violations,
        code_limits.docstring_violations,
        code_limits.sleep_violations,
    ],
)
def test_this_service_keeps_the_rule(rule):
    assert rule(ROOT) == []


class TestSizes:
    def test_longest_module_and_function_are_fine(self, tmp_path):
        module = "\n" * code_limits.MODULE_LINES
        function = "def f():\n" + "    x = 1\n" * (code_limits.FUNCTION_LINES - 1)
        tree = plant(tmp_path, {"service/core/a.py": module, "service/core/b.py": function})

        assert code_limits.size_violations(tree) == []

    def test_one_line_more_is_found(self, tmp_path):
        module = "\n" * (code_limits.MODULE_LINES + 1)
        function = "def f():\n" + "    x = 1\n" * code_limits.FUNCTION_LINES
        tree = plant(tmp_path, {"service/core/a.py": module, "service/core/b.py": function})

        assert code_limits.size_violations(tree) == [
            "service/core/a.py:1: 401 lines; at most 400",
            "service/core/b.py:1: f: 61 lines; at most 60",
        ]


class TestRoutes:
    FIVE = "class Posts:\n    def get(self):\n        '''List.'''\n" + "        x = 1\n" * 5

    def test_five_statements_are_fine(self, tmp_path):
        assert code_limits.route_violations(plant(tmp_path, {"service/posts/routes.py": self.FIVE})) == []

    @pytest.mark.parametrize(
        "more", ["        return x\n", "    async def put(self):\n" + "        x = 1\n" * 6]
    )
    def test_six_are_found(self, more, tmp_path):
        assert (
            len(code_limits.route_violations(plant(tmp_path, {"service/posts/routes.py": self.FIVE + more})))
            == 1
        )

    def test_nesting_hides_no_statement(self, tmp_path):
        code = "class Posts:\n    def get(self):\n        if a:\n" + "            x = 1\n" * 5

        assert code_limits.route_violations(plant(tmp_path, {"service/posts/routes.py": code})) == [
            "service/posts/routes.py:2: Posts.get: 6 statements; at most 5"
        ]

    def test_other_methods_and_files_are_not_routes(self, tmp_path):
        longer = self.FIVE + "        return x\n"
        tree = plant(
            tmp_path,
            {"service/posts/actions.py": longer, "service/posts/routes.py": longer.replace("get", "prepare")},
        )

        assert code_limits.route_violations(tree) == []


@pytest.mark.parametrize(
    "path",
    ["service/core/utils.py", "service/posts/helpers/__init__.py", "tests/common.py", "service/service.py"],
)
def test_name_that_tells_nothing_is_found(path, tmp_path):
    found = code_limits.name_violations(plant(tmp_path, {path: ""}))

    assert len(found) == 1
    assert found[0].startswith(path)


def test_tidy_names_are_fine(tmp_path):
    assert code_limits.name_violations(plant(tmp_path, {})) == []


class TestPackages:
    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ("def publish(): ...", "publish: move it"),
            ("async def publish(): ...", "publish: move it"),
            ("class Post: ...", "Post: move it"),
            ("try:\n    import a\nexcept ImportError:\n    class a: ...", "a: move it"),
            ("publish = lambda: None", "a lambda: move it"),
        ],
    )
    def test_definition_in_a_package_file_is_found(self, code, said, tmp_path):
        found = code_limits.package_violations(plant(tmp_path, {"service/posts/__init__.py": code}))

        assert len(found) == 1
        assert found[0].startswith("service/posts/__init__.py")
        assert said in found[0]

    def test_constants_and_names_of_its_modules_are_fine(self, tmp_path):
        code = '"""Posts."""\nfrom service.posts.actions import publish\n__all__ = ["publish"]\nVERSION = "1"'

        assert code_limits.package_violations(plant(tmp_path, {"service/posts/__init__.py": code})) == []

    def test_definition_in_another_module_is_fine(self, tmp_path):
        assert (
            code_limits.package_violations(plant(tmp_path, {"service/posts/a.py": "def publish(): ..."}))
            == []
        )


class TestSleeping:
    @pytest.mark.parametrize("call", ["time.sleep(1)", "sleep(0.1)", "await asyncio.sleep(1)"])
    def test_a_call_is_found(self, call, tmp_path):
        tree = plant(tmp_path, {"tests/test_a.py": f"async def test_b():\n    {call}"})
        assert [line.split(":")[0] for line in code_limits.sleep_violations(tree)] == ["tests/test_a.py"]


class TestDocstrings:
    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ("", "module without a docstring"),
            ("'''What?'''\ndef publish(): ...", "publish without"),
            ("'''What?'''\nasync def publish(): ...", "publish without"),
            ("'''What?'''\nclass Post: ...", "Post without"),
            ("'''What?'''\nclass Post:\n    '''A post.'''\n    def bump(self): ...", "bump without"),
        ],
    )
    def test_missing_one_is_found(self, code, said, tmp_path):
        tree = plant(tmp_path, {"service/core/a.py": code})
        found = [
            line for line in code_limits.docstring_violations(tree) if line.startswith("service/core/a.py")
        ]

        assert len(found) == 1
        assert said in found[0]

    @pytest.mark.parametrize(
        "code",
        [
            "'''What?'''\ndef _inner(): ...",
            "'''What?'''\ndef f():\n    '''Do.'''\n    def local(): ...",
            "'''What?'''\nclass _Row:\n    def read(self): ...",
            "'''What?'''\nclass Post:\n    '''A post.'''\n    def __init__(self): ...",
            "'''What?'''\n@typing.overload\ndef f(x: int): ...",
        ],
    )
    def test_private_and_explained_need_none(self, code, tmp_path):
        tree = plant(tmp_path, {"service/core/a.py": code})

        assert not [
            line for line in code_limits.docstring_violations(tree) if line.startswith("service/core/a.py")
        ]
