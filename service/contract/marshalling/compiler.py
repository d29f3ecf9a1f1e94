"""Compiles RESTX models, with all models nested in them, to marshalling functions.

A `CompiledModel` is one model in one compilation: its steps, one for each field, are fixed when it is compiled. The
source is generated when the first object of a kind (dict, ORM instance, row) arrives, since each kind is read
differently; a `MarshallerCache` finds the function by the object's type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from graphlib import CycleError, TopologicalSorter
from types import NoneType
from typing import Any

from flask_restx import fields

from ..errors import ContractError
from .codegen import FieldStep, generate_marshaller
from .conversions import (
    Conversion,
    Marshaller,
    RaiseContractError,
    custom_field_conversion,
    default_for_none,
    each_element,
    function_conversion,
    many,
    nested_conversion,
    not_a_list,
    scalar_conversion,
)
from .formats import anything, overrides, scalar_for
from .output_fields import itself, model_name, output_fields
from .readers import (
    AccessStrategy,
    access_strategy,
    is_list_type,
    path_reader,
    raise_missing,
    read,
    read_or_none,
)

# A program has few types; one that creates types at run time must not fill the memory.
_TYPES_REMEMBERED = 256


# A dict with `__missing__`, because generated code looks up a function for every object: a type that was met before
# costs one dict access and no call.
class MarshallerCache(dict[type[Any], Marshaller]):
    """The functions of a compiled model by the type of the object, found when the type is first met."""

    def __init__(self, compiled: CompiledModel, none: Marshaller | None, several: Marshaller | None) -> None:
        super().__init__()
        self.model = compiled
        self._several = several or self.each
        if none is not None:
            self[NoneType] = none

    def __missing__(self, cls: type[Any]) -> Marshaller:
        function = self._several if is_list_type(cls) else self.model.function_for(cls)
        if len(self) < _TYPES_REMEMBERED:
            self[cls] = function
        return function

    def each(self, objects: Iterable[Any]) -> list[Any]:
        """Marshal `objects` one by one."""
        return [self[type(obj)](obj) for obj in objects]


@dataclass(slots=True, eq=False)
class CompiledModel:
    """One model as it is compiled: its steps, and the functions generated from them so far."""

    name: str
    strict: bool
    skip_none: bool
    steps: list[FieldStep] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    _functions: dict[AccessStrategy, Marshaller] = field(default_factory=dict)

    def __post_init__(self) -> None:
        reader = read if self.strict else read_or_none
        self.constants |= {"UTC": UTC, "absent": raise_missing, "date": date, "datetime": datetime}
        self.constants |= {"follow": path_reader(reader), "read": reader}

    def marshaller_cache(
        self, *, none: Marshaller | None = None, several: Marshaller | None = None
    ) -> MarshallerCache:
        """Return the functions of this model by type of object.

        `none` handles None and `several` handles lists, where those are not marshalled as in RESTX: as an object of
        nulls, and item by item.
        """
        return MarshallerCache(self, none, several)

    def function_for(self, cls: type[Any]) -> Marshaller:
        """Return the function that marshals instances of `cls`."""
        strategy = access_strategy(cls, [step.path[0] for step in self.steps if step.path])
        if strategy not in self._functions:  # two threads may both generate it, which gives the same function
            self._functions[strategy] = generate_marshaller(
                self.steps,
                strategy,
                self.constants,
                model=self.name,
                strict=self.strict,
                skip_none=self.skip_none,
            )
        return self._functions[strategy]


class ModelCompiler:
    """One compilation: a model and all models nested in it."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self._compiled_models: dict[tuple[int, bool], CompiledModel] = {}
        self._models: list[Any] = []  # kept alive as long as their ids are keys
        # model -> the nested models of which it sends an object of nulls for None
        self._spelled_out: dict[CompiledModel, set[CompiledModel]] = {}

    def compile(self, model: Mapping[str, Any], *, skip_none: bool, name: str) -> CompiledModel:
        """Return the compiled form of `model`; a model that nests itself finds its own."""
        key = (id(model), bool(skip_none))
        if key not in self._compiled_models:
            if getattr(model, "__mask__", None):
                raise ContractError(f"{name} has a mask; declare a model of the fields that are sent")
            # Registered before its fields are compiled, so that a model which nests itself finds this one.
            compiled = self._compiled_models[key] = CompiledModel(name, self._strict, bool(skip_none))
            self._models.append(model)
            for index, (field_name, declared) in enumerate(output_fields(model).items()):
                compiled.steps.append(self._step(compiled, field_name, declared, index))
        return self._compiled_models[key]

    def check(self) -> None:
        """Raise `ContractError` if None would become an object of nulls without end."""
        try:
            TopologicalSorter(self._spelled_out).prepare()
        except CycleError as error:
            cycle = " in ".join(compiled.name for compiled in error.args[1])
            raise ContractError(
                f"{cycle}: a model that nests itself needs Nested(..., allow_null=True)"
            ) from error

    def _step(self, compiled: CompiledModel, name: str, declared: Any, index: int) -> FieldStep:
        # Names in the source are numbered, because field names need not be identifiers.
        variable, constant, place = f"v{index}", f"c{index}", f"{compiled.name}.{name}"
        attribute = name if declared.attribute is None else declared.attribute
        path: tuple[str, ...] = ()
        expression = "o"
        conversion = self._conversion(compiled, place, declared)
        # A field with its own `output()` is given the whole object: only it knows which attribute it reads.
        if conversion is None:
            conversion = custom_field_conversion(place, name, declared)
        elif isinstance(attribute, str):
            path = tuple(attribute.split("."))
        elif attribute is not itself:
            compiled.constants[f"a{index}"] = attribute
            expression = f"a{index}(o)"
        compiled.constants[constant] = conversion.constant
        if isinstance(conversion.constant, MarshallerCache) and NoneType not in conversion.constant:
            self._spelled_out.setdefault(compiled, set()).add(conversion.constant.model)
        statement = conversion.statement.format(v=variable, c=constant)
        return FieldStep(name, variable, path, expression, statement, conversion.own_errors)

    def _conversion(self, compiled: CompiledModel, place: str, declared: Any) -> Conversion | None:
        """Return the conversion of a field's value, or None if the field's own `output()` must be called."""
        if isinstance(declared, fields.Wildcard):
            raise ContractError(f"{place}: Wildcard fields are not thread-safe and not supported")
        if not (
            declared.attribute is None or isinstance(declared.attribute, str) or callable(declared.attribute)
        ):
            return None
        if isinstance(declared, fields.Nested):
            own_way = overrides(declared, fields.Nested, ("output", "nested"))
            return None if own_way else self._nested(compiled, place, declared)
        if isinstance(declared, fields.List):
            own_way = overrides(declared, fields.List, ("output", "format", "_v"))
            return None if own_way else self._list(compiled, place, declared)
        scalar = scalar_for(declared)
        return None if scalar is None else scalar_conversion(place, declared, scalar)

    def _nested(self, compiled: CompiledModel, place: str, declared: Any) -> Conversion:
        # A nested view of the same object: the outer `skip_none` applies, and it is None only where the object is.
        if declared.attribute is itself:
            return nested_conversion(
                self.compile(declared.model, skip_none=compiled.skip_none, name=place).marshaller_cache()
            )
        name = model_name(declared.model) if hasattr(declared.model, "name") else place
        inner = self.compile(declared.model, skip_none=declared.skip_none, name=name)
        none = _null if declared.allow_null else default_for_none(place, declared, anything)
        if declared.as_list:
            return self._nested_list(place, inner, none)
        several = (
            RaiseContractError(f"{place} was declared as one {name}, and is a list") if self._strict else None
        )
        return nested_conversion(inner.marshaller_cache(none=none, several=several))

    def _nested_list(self, place: str, inner: CompiledModel, none: Marshaller | None) -> Conversion:
        cache = inner.marshaller_cache()
        single: Marshaller = nested_conversion(cache).element
        if self._strict:
            single = RaiseContractError(f"{place} was declared as a list of {inner.name}, and is not a list")
        return function_conversion(many(cache.each, none or _null, single), own_errors=True)

    def _list(self, compiled: CompiledModel, place: str, declared: Any) -> Conversion | None:
        container = declared.container
        element = self._conversion(compiled, f"{place}[]", container)
        if element is None or not (container.attribute is None or isinstance(container.attribute, str)):
            return None
        each = each_element(element, container.attribute, strict=self._strict)
        if container.attribute is None and isinstance(element.constant, MarshallerCache):
            each = element.constant.each
        single = (lambda value: each([value])) if isinstance(container, fields.Nested) else not_a_list
        own_errors = element.own_errors and container.attribute is None
        return function_conversion(
            many(each, default_for_none(place, declared, anything) or _null, single), own_errors=own_errors
        )


def _null(_value: Any) -> None:
    return None
