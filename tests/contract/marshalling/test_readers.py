"""Everything a method may return is read alike, and a method is never taken for a value."""

from __future__ import annotations

from collections import UserDict, namedtuple
from dataclasses import make_dataclass
from functools import cached_property
from types import MappingProxyType, SimpleNamespace

import pytest
import sqlalchemy as sa
from flask_restx import Model, fields, marshal
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from werkzeug.local import LocalProxy

from service.contract.errors import ContractError
from service.contract.marshalling import (
    compile_list_marshaller,
    compile_marshaller,
)


def row(**columns):
    """A SQLAlchemy row of these columns, without a database."""
    return IteratorResult(SimpleResultMetaData(list(columns)), iter([tuple(columns.values())])).one()


def slotted(**values):
    return make_dataclass("Slotted", list(values), slots=True)(**values)


FORMS = {
    "dict": dict,
    "user dict": UserDict,
    "mapping proxy": MappingProxyType,
    "object": lambda values: SimpleNamespace(**values),
    "slots": lambda values: slotted(**values),
    "row": lambda values: row(**values),
}


class SlottedInt:
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x


class TestReading:
    def test_missing_key_is_null_never_a_bound_method(self):
        model = {"items": fields.Raw, "copy": fields.String(default="none")}
        assert callable(marshal({}, model)["items"])
        for form in ("dict", "user dict", "mapping proxy"):
            assert compile_marshaller(model)(FORMS[form]({})) == {"items": None, "copy": "none"}

    def test_method_in_place_of_a_value_is_not_sent(self):
        class Post:
            def title(self):
                return "no"

        model = Model("Post", {"title": fields.String})
        assert "bound method" in marshal(Post(), model)["title"]
        assert compile_marshaller(model, strict=False)(Post()) == {"title": None}
        with pytest.raises(ContractError, match=r"Post\.title cannot be read from Post: .* has a method"):
            compile_marshaller(model)(Post())
        post = Post()
        post.title = "mine"
        assert compile_marshaller(model)(post) == {"title": "mine"}

    @pytest.mark.parametrize(
        "thing", [SimpleNamespace(y=1), slotted(y=1), row(y=1), 5, "text", LocalProxy(lambda: 6)]
    )
    def test_missing_attribute_names_model_and_field_where_strict(self, thing):
        model = Model("Thing", {"y": fields.Integer(default=0), "absent": fields.String})
        assert marshal(thing, model)["absent"] is None
        assert compile_marshaller(model, strict=False)(thing)["absent"] is None
        with pytest.raises(ContractError, match=r"^Thing\.(y|absent) cannot be read from"):
            compile_marshaller(model)(thing)

    def test_missing_attribute_inside_a_dotted_path(self):
        model = Model("Post", {"name": fields.String(attribute="author.name")})
        assert compile_marshaller(model)(SimpleNamespace(author=None)) == {"name": None}
        assert compile_marshaller(model)({}) == {"name": None}
        with pytest.raises(ContractError, match=r"Post\.name cannot be read"):
            compile_marshaller(model)(SimpleNamespace(author=SimpleNamespace()))
        assert compile_marshaller(model, strict=False)(SimpleNamespace(author=SimpleNamespace())) == {
            "name": None
        }

    def test_dotted_path_takes_numbers_in_lists(self):
        model = {
            "first": fields.String(attribute="tags.0.name"),
            "third": fields.String(attribute="tags.0.count"),
        }
        thing = {"tags": [{"name": "a", "count": 3}]}
        assert compile_marshaller(model)(thing) == marshal(thing, model) == {"first": "a", "third": "3"}

    def test_property_raising_attribute_error_is_loud_where_strict(self):
        class Post:
            @property
            def title(self):
                raise AttributeError("a mistake inside")

        model = Model("Post", {"title": fields.String})
        assert marshal(Post(), model) == {"title": None}
        with pytest.raises(ContractError, match=r"Post\.title cannot be read from Post: a mistake inside"):
            compile_marshaller(model)(Post())

    def test_property_wins_over_an_instance_value_and_cached_property_is_found(self):
        class Post:
            def __init__(self):
                self.__dict__["title"] = "hidden"

            title = property(lambda self: "shown")

            @cached_property
            def body(self):
                return "made"

        model = {"title": fields.String, "body": fields.String}
        assert (
            compile_marshaller(model)(Post()) == marshal(Post(), model) == {"title": "shown", "body": "made"}
        )

    def test_class_that_answers_attributes_itself_is_asked(self):
        class Upper:
            def __init__(self):
                self.title = "low"

            def __getattribute__(self, name):
                value = super().__getattribute__(name)
                return value.upper() if isinstance(value, str) else value

        assert compile_marshaller({"title": fields.String})(Upper()) == {"title": "LOW"}

    def test_proxy_is_read_as_what_it_stands_for(self):
        model = {"x": fields.Integer}
        for thing in ({"x": 1}, SimpleNamespace(x=1), SlottedInt(1)):
            assert compile_marshaller(model)(LocalProxy(lambda thing=thing: thing)) == {"x": 1}

    def test_named_tuple_is_one_object(self):
        point = namedtuple("point", "x y")(1, 2)  # noqa: PYI024 - as old code has them
        model = {"x": fields.Integer, "y": fields.Integer}
        assert marshal(point, model) == [{"x": None, "y": None}] * 2
        assert compile_marshaller(model)(point) == {"x": 1, "y": 2}
        assert compile_list_marshaller(model)([point]) == [{"x": 1, "y": 2}]

    def test_names_that_are_not_identifiers(self):
        keys = ["class", "a-b", "it's", "1st", "ﬁ", "{v}", "__private"]
        thing, model = {key: key for key in keys}, dict.fromkeys(keys, fields.String)
        assert compile_marshaller(model)(thing) == thing
        assert compile_marshaller(model)(SimpleNamespace(**thing)) == thing
        assert compile_marshaller(model, skip_none=True)(SimpleNamespace(**thing)) == thing

    def test_columns_named_as_methods_of_rows(self):
        engine = sa.create_engine("sqlite://")
        with engine.connect() as connection:
            found = connection.execute(sa.text("select 1 as id, 2 as count, 3 as t, 4 as 'index'")).one()
        engine.dispose()
        model = dict.fromkeys(("id", "count", "t", "index"), fields.Integer)
        assert compile_marshaller(model)(found) == {"id": 1, "count": 2, "t": 3, "index": 4}
        assert compile_marshaller(model)(found._mapping) == {"id": 1, "count": 2, "t": 3, "index": 4}


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    words: Mapped[int] = mapped_column("word_count")
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("authors.id"))
    author: Mapped[Author] = relationship(lazy="raise_on_sql")

    @property
    def shout(self):
        return self.title.upper()


class TestOrm:
    model = Model(
        "Post",
        {
            "id": fields.Integer(required=True),
            "title": fields.String,
            "words": fields.Integer,
            "shout": fields.String,
            "author": fields.Nested(Model("Author", {"name": fields.String})),
        },
    )
    expected = MappingProxyType(
        {"id": 1, "title": "one", "words": 7, "shout": "ONE", "author": {"name": "ann"}},
    )

    @pytest.fixture
    def session(self):
        engine = sa.create_engine("sqlite://")
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            session.add(Post(id=1, title="one", words=7, author=Author(id=1, name="ann")))
            session.commit()
            session.expunge_all()
            yield session
        engine.dispose()

    def test_loaded_instance(self, session):
        post = session.scalar(sa.select(Post).options(sa.orm.joinedload(Post.author)))
        assert compile_marshaller(self.model)(post) == marshal(post, self.model) == self.expected

    def test_expired_attributes_are_loaded(self, session):
        post = session.scalar(sa.select(Post).options(sa.orm.joinedload(Post.author)))
        marshaller = compile_marshaller(self.model)
        assert marshaller(post) == self.expected
        session.execute(sa.update(Post).values(title="two").execution_options(synchronize_session=False))
        session.expire(post, ["title"])
        assert marshaller(post)["title"] == "two"

    def test_relationship_that_was_not_loaded_raises_its_own_error(self, session):
        with pytest.raises(InvalidRequestError, match="raise_on_sql"):
            compile_marshaller(self.model)(session.get(Post, 1))

    def test_scalar_result_is_a_list(self, session):
        found = session.scalars(sa.select(Post).options(sa.orm.joinedload(Post.author)))
        assert compile_list_marshaller(self.model)(found) == [self.expected]

    def test_attributes_are_read_past_the_instrumentation(self, session, monkeypatch):
        post = session.scalar(sa.select(Post).options(sa.orm.joinedload(Post.author)))
        monkeypatch.setattr(type(Post.title), "__get__", lambda *_: pytest.fail("read through the ORM"))
        assert compile_marshaller({"title": fields.String})(post) == {"title": "one"}
