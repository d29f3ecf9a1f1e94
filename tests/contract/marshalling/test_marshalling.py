"""Nesting, lists, inheritance and RESTX's own decorators; each correction is shown beside stock."""

from __future__ import annotations

import gc
import linecache
import traceback
import weakref
from collections import UserDict, deque
from dataclasses import make_dataclass
from types import MappingProxyType, SimpleNamespace

import pytest
from flask_restx import Mask, Model, Namespace, fields, marshal, marshal_with
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData

from service.contract.errors import ContractError
from service.contract.marshalling import (
    MarshalSpec,
    compile_list_marshaller,
    compile_marshaller,
    output_fields,
    unwrap_stock,
)


def row(**columns):
    """A SQLAlchemy row of these columns, without a database."""
    return IteratorResult(SimpleResultMetaData(list(columns)), iter([tuple(columns.values())])).one()


def both(field, value, **options):
    """What stock and what we make of one value."""
    stock = marshal({"x": value}, {"x": field})["x"]
    return stock, compile_marshaller({"x": field}, **options)({"x": value})["x"]


FORMS = {
    "dict": dict,
    "user dict": UserDict,
    "mapping proxy": MappingProxyType,
    "object": lambda values: SimpleNamespace(**values),
    "slots": lambda values: make_dataclass("Slotted", list(values), slots=True)(**values),
    "row": lambda values: row(**values),
}


class TestNesting:
    def test_none_without_allow_null_is_an_object_of_nulls_as_in_stock(self):
        model = {
            "a": fields.Nested(
                {"x": fields.String, "y": fields.Integer(default=3), "z": fields.List(fields.String)}
            )
        }
        expected = {"a": {"x": None, "y": 3, "z": None}}
        assert marshal({"a": None}, model) == expected
        assert compile_marshaller(model)({"a": None}) == expected

    def test_none_without_allow_null_is_refused_where_the_inner_model_requires(self):
        author = Model("Author", {"name": fields.String(required=True)})
        model = Model("Post", {"author": fields.Nested(author)})
        assert marshal({"author": None}, model) == {"author": {"name": None}}
        with pytest.raises(ContractError, match=r"Author\.name is declared required"):
            compile_marshaller(model, strict=False)({"author": None})

    def test_list_without_value_is_null_not_an_object(self):
        model = {"a": fields.Nested({"x": fields.String}, as_list=True)}
        assert marshal({}, model) == {"a": {"x": None}}
        assert compile_marshaller(model)({}) == {"a": None}

    def test_one_for_many_and_many_for_one(self):
        one, many = fields.Nested({"x": fields.String}), fields.Nested({"x": fields.String}, as_list=True)
        for declared, value in ((one, [{"x": 1}]), (many, {"x": 1})):
            stock, ours = both(declared, value, strict=False)
            assert ours == stock
            with pytest.raises(ContractError, match=r"\.x was declared as"):
                both(declared, value)

    def test_one_object_in_a_list_field_is_a_list_of_one_as_in_stock(self):
        stock, ours = both(fields.List(fields.Nested({"y": fields.String})), {"y": 1})
        assert stock == ours == [{"y": "1"}]

    def test_skip_none_belongs_to_the_nesting_field(self):
        inner = {"y": fields.String, "z": fields.Raw}
        thing = {"a": {"y": None, "z": {}}, "b": {"y": None, "z": 0}, "c": None}
        model = {
            "a": fields.Nested(inner, skip_none=True),
            "b": fields.Nested(inner),
            "c": fields.Nested(inner, skip_none=True),
        }
        expected = {"a": {}, "b": {"y": None, "z": 0}, "c": {}}
        assert compile_marshaller(model)(thing) == marshal(thing, model) == expected
        skipped = compile_marshaller(model, skip_none=True)(thing)
        assert skipped == marshal(thing, model, skip_none=True) == {"b": {"y": None, "z": 0}}

    def test_fields_grouped_in_a_plain_dict_are_read_from_the_same_object(self):
        model = {"id": fields.Integer, "names": {"first": fields.String, "last": fields.String(default="-")}}
        for skip_none in (True, False):
            ours = compile_marshaller(model, skip_none=skip_none)({"id": 1, "first": None})
            assert ours == marshal({"id": 1, "first": None}, model, skip_none=skip_none)

    def test_a_model_may_nest_itself(self):
        comment = Model("Comment", {"text": fields.String})
        comment["replies"] = fields.List(fields.Nested(comment))
        thread = {"text": "a", "replies": [{"text": "b", "replies": [{"text": "c", "replies": []}]}]}
        assert compile_marshaller(comment)(thread) == thread

    def test_a_model_that_spells_itself_out_for_none_is_refused(self):
        node = Model("Node", {"name": fields.String})
        node["parent"] = fields.Nested(node)
        with pytest.raises(ContractError, match="Node in Node"):
            compile_marshaller(node)
        node["parent"] = fields.Nested(node, allow_null=True)
        thing = {"name": "leaf", "parent": {"name": "root", "parent": None}}
        assert compile_marshaller(node)(thing) == thing

    def test_polymorph_asks_the_field(self):
        base = Model("Base", {"kind": fields.String})
        first = Model.inherit("First", base, {"x": fields.Integer})
        second = Model.inherit("Second", base, {"y": fields.Integer})
        one, two = type("One", (SimpleNamespace,), {}), type("Two", (SimpleNamespace,), {})
        model = {"thing": fields.Polymorph({one: first, two: second})}
        for thing in (one(kind="a", x=1), two(kind="b", y=2), None):
            assert compile_marshaller(model)({"thing": thing}) == marshal({"thing": thing}, model)

    def test_url_and_formatted_string_ask_the_field(self):
        thing = SimpleNamespace(name="ann")
        model = {"hello": fields.FormattedString("Hello {name}")}
        assert compile_marshaller(model)(thing) == {"hello": "Hello ann"}

    def test_a_mask_on_one_field_is_applied_by_the_field(self):
        model = {"x": fields.Raw(mask=Mask("a"))}
        assert compile_marshaller(model)({"x": {"a": 1, "b": 2}}) == {"x": {"a": 1}}


class TestLists:
    model = Model("Thing", {"x": fields.Integer})

    @pytest.mark.parametrize(
        "things",
        [
            lambda rows: (one for one in rows),
            deque,
            lambda rows: dict.fromkeys(rows).keys(),
            lambda rows: IteratorResult(SimpleResultMetaData(["a"]), ((one,) for one in rows)).scalars(),
        ],
        ids=["generator", "deque", "view", "scalars"],
    )
    def test_any_iterable_declared_as_a_list_is_one(self, things):
        rows = [SlottedInt(1), SlottedInt(2)]
        assert marshal(things(rows), self.model) == {"x": None}  # stock: one object of nulls
        assert compile_list_marshaller(self.model)(things(rows)) == [{"x": 1}, {"x": 2}]

    def test_attribute_that_the_elements_lack_names_the_field(self):
        for element in (fields.String(attribute="name"), fields.Nested({"y": fields.Raw}, attribute="name")):
            model = Model("Thing", {"x": fields.List(element)})
            with pytest.raises(ContractError, match=r"^Thing\.x cannot hold its value: .* 'name'"):
                compile_marshaller(model)({"x": [SimpleNamespace(y=1)]})

    def test_set_of_scalars_and_generator_in_a_field(self):
        marshaller = compile_marshaller({"x": fields.List(fields.Integer)})
        assert marshaller({"x": {1}}) == {"x": [1]}
        assert marshaller({"x": (n for n in "12")}) == {"x": [1, 2]}
        with pytest.raises(TypeError):
            marshal({"x": (n for n in "12")}, {"x": fields.List(fields.Integer)})

    def test_declared_list_given_one_thing_is_refused_where_strict(self):
        for thing in ({"x": 1}, row(x=1), SlottedInt(1), None, "text"):
            with pytest.raises(ContractError, match="a list of Thing was declared"):
                compile_list_marshaller(self.model)(thing)
        assert compile_list_marshaller(self.model, strict=False)({"x": 1}) == marshal({"x": 1}, self.model)

    def test_undeclared_list_is_one_by_one_as_in_stock(self):
        things = [{"x": 1}, ({"x": 2},)]
        assert compile_marshaller(self.model)(things) == marshal(things, self.model) == [{"x": 1}, [{"x": 2}]]

    def test_declared_single_object_given_a_list_is_refused(self):
        with pytest.raises(ContractError, match="one Thing was declared, and a list was returned"):
            compile_marshaller(self.model, as_list=False)([{"x": 1}])
        assert compile_marshaller(self.model, as_list=False, strict=False)([{"x": 1}]) == [{"x": 1}]

    def test_none_in_place_of_the_answer_is_refused_where_strict(self):
        with pytest.raises(ContractError, match="Thing was declared, and None was returned"):
            compile_marshaller(self.model)(None)
        with pytest.raises(ContractError, match="Thing was declared, and None was returned"):
            compile_list_marshaller(self.model)([None])
        assert compile_marshaller(self.model, strict=False)(None) == marshal(None, self.model) == {"x": None}

    def test_envelope_is_outside_of_the_list(self):
        assert compile_list_marshaller(self.model, envelope="data")([{"x": 1}]) == {"data": [{"x": 1}]}


class SlottedInt:
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x


class TestModels:
    def test_child_overrides_its_parent(self):
        parent = Model("Parent", {"x": fields.Integer, "y": fields.String})
        child = Model.inherit("Child", parent, {"z": fields.String, "x": fields.String(attribute="other")})
        thing = {"x": 1, "other": "mine", "y": "y", "z": "z"}
        assert marshal(thing, child)["x"] == 1
        assert compile_marshaller(child)(thing) == {"x": "mine", "y": "y", "z": "z"}

    def test_output_fields_are_in_order_parents_first(self):
        first, second = (
            Model("First", {"b": fields.Integer, "a": fields.Integer}),
            Model("Second", {"c": fields.Integer}),
        )
        grandchild = Model.inherit(
            "Grandchild", Model.inherit("Child", first, {"d": fields.Raw}), second, {"a": fields.Raw}
        )
        found = output_fields(grandchild)
        assert list(found) == ["b", "a", "d", "c"]
        assert type(found["a"]) is fields.Raw
        assert all(isinstance(field, fields.Raw) for field in output_fields({"x": fields.String}).values())

    def test_discriminator_is_the_name_of_the_model(self):
        parent = Model("Animal", {"kind": fields.String(discriminator=True), "name": fields.String})
        child = Model.inherit("Dog", parent, {"tricks": fields.List(fields.String)})
        thing = {"name": "rex"}
        assert (
            compile_marshaller(child)(thing)
            == marshal(thing, child)
            == {"kind": "Dog", "name": "rex", "tricks": None}
        )
        assert compile_marshaller(parent)(thing) == {"kind": "Animal", "name": "rex"}
        assert parent["kind"].default is None
        assert "default" not in parent["kind"].__schema__
        assert output_fields(child)["kind"].__schema__["default"] == "Dog"
        with pytest.raises(ContractError, match="both discriminators"):
            output_fields(Model.inherit("Two", parent, {"other": fields.String(discriminator=True)}))

    def test_later_changes_of_the_model_have_no_effect(self):
        model = Model("Thing", {"x": fields.Integer})
        marshaller = compile_marshaller(model)
        model["y"] = fields.Integer
        assert marshaller({"x": 1, "y": 2}) == {"x": 1}
        assert marshaller(SimpleNamespace(x=1, y=2)) == {"x": 1}  # also for a kind of object first met later

    @pytest.mark.parametrize(
        ("declared", "says"),
        [
            ({"*": fields.Wildcard(fields.String)}, "Wildcard"),
            ({"x": fields.List(fields.Wildcard(fields.String))}, "Wildcard"),
            ({"x": fields.Nested({"*": fields.Wildcard(fields.String)})}, "Wildcard"),
            (Model("Thing", {"x": fields.String}, mask="{x}"), "Thing has a mask"),
            ({"x": fields.Nested(Model("Thing", {"x": fields.String}, mask="{x}"))}, "Thing has a mask"),
            ({"x": "String"}, "is not a field"),
            (Namespace("n").schema_model("Thing", {"type": "object"}), "has no fields"),
            ({"x": fields.Nested(Namespace("n").schema_model("Thing", {}))}, "has no fields"),
        ],
    )
    def test_what_cannot_be_kept_is_refused_when_compiled(self, declared, says):
        with pytest.raises(ContractError, match=says):
            compile_marshaller(declared)

    def test_tracebacks_show_the_source(self):
        with pytest.raises(ContractError) as caught:
            compile_marshaller(Model("Thing", {"x": fields.Integer}))({"x": "seven"})
        shown = "".join(traceback.format_exception(caught.value))
        assert "<marshaller of Thing for dicts" in shown
        assert "v0 = c0(v0)" in shown
        linecache.checkcache()
        assert "v0 = c0(v0)" in "".join(traceback.format_exception(caught.value))

    def test_name_of_a_model_cannot_become_code(self):
        model = Model('"""\nraise SystemExit', {'x"\n': fields.String(attribute="__import__('os')\n")})
        assert compile_marshaller(model)({"__import__('os')\n": 1}) == {'x"\n': "1"}

    def test_types_made_as_the_program_goes_are_not_all_kept(self):
        marshaller = compile_marshaller({"x": fields.Integer})
        met = []
        for number in range(600):
            made = type("Made", (), {"x": number})
            met.append(weakref.ref(made))
            assert marshaller(made()) == {"x": number}
        del made
        gc.collect()
        assert 0 < sum(ref() is not None for ref in met) < 300


class TestUnwrapStock:
    ns = Namespace("stock")
    model = ns.model("Thing", {"x": fields.Integer})

    def test_namespace_decorator(self):
        def get():
            return {"x": 1}

        wrapped = self.ns.marshal_with(self.model, envelope="data", skip_none=True, code=201)(get)
        inner, spec = unwrap_stock(wrapped)
        assert inner is get
        assert spec == MarshalSpec(self.model, "data", skip_none=True, ordered=False)
        marshaller = compile_marshaller(
            spec.fields, envelope=spec.envelope, skip_none=spec.skip_none, strict=False
        )
        assert marshaller(inner()) == wrapped() == {"data": {"x": 1}}

    def test_list_decorator_and_the_bare_one(self):
        def get():
            return []

        assert unwrap_stock(self.ns.marshal_list_with(self.model)(get)) == (
            get,
            MarshalSpec(self.model, None, False, False),
        )
        assert unwrap_stock(marshal_with(self.model, ordered=True)(get)) == (
            get,
            MarshalSpec(self.model, None, False, True),
        )

    def test_only_the_outermost_wrapper_counts(self):
        def get():
            return {}

        documented = self.ns.doc("x")(self.ns.marshal_with(self.model)(get))
        assert unwrap_stock(documented)[0] is get  # doc() only annotates

        def other(*args, **kwargs):
            return self.ns.marshal_with(self.model)(get)(*args, **kwargs)

        assert unwrap_stock(other) == (other, None)
        assert unwrap_stock(get) == (get, None)
        assert unwrap_stock(len) == (len, None)

    def test_mask_is_left_to_stock(self):
        def get():
            return {}

        wrapped = self.ns.marshal_with(self.model, mask="{x}")(get)
        assert unwrap_stock(wrapped) == (wrapped, None)
