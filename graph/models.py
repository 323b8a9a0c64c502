"""The catalogue of models."""

from __future__ import annotations

from operator import attrgetter
from typing import Annotated

import strawberry

from graph import examples, ids, pages
from graph.arguments import After, First, given
from graph.context import Info
from graph.costs import Cost
from graph.pages import Page, PageInfo
from graph.tensors import TensorSpec
from resolvers import models
from resolvers.models import Declaration
from resolvers.models import Model as CatalogueModel


@strawberry.type(description="A call of a model that works, ready to copy.")
class ModelExample:
    document: str = strawberry.field(description="A GraphQL document.")
    written: strawberry.Private[str]

    @strawberry.field(description="Its variables, as JSON.")
    def variables(self, info: Info) -> str:
        info.context.moved.write(len(self.written))
        return self.written


@strawberry.type(description="A model the caller may use.")
class Model:
    model: strawberry.Private[CatalogueModel]
    declaration: strawberry.Private[Declaration]

    @classmethod
    def of(cls, model: CatalogueModel) -> Model:
        return cls(model=model, declaration=model.declaration)

    @strawberry.field(description="Opaque, unique over all types.")
    def id(self) -> strawberry.ID:
        return ids.write("Model", self.model.name)

    @strawberry.field(description="As `infer` and `model` name it.")
    def name(self) -> str:
        return self.model.name

    @strawberry.field(description="The newest version that is ready; null until one is.")
    def version(self) -> str | None:
        return self.model.version

    @strawberry.field(description="All versions there are, the newest last.")
    def versions(self) -> list[str]:
        return list(self.model.versions)

    @strawberry.field(description="Whether a call would be answered now.")
    def ready(self) -> bool:
        return bool(self.model.ready)

    @strawberry.field(description="What it does, in its operator's words; null where nothing is said.")
    def description(self) -> str | None:
        return self.declaration.description

    @strawberry.field(description="How many items one call may hold; 0 where the model takes no batches.")
    def max_batch_size(self) -> int:
        return self.declaration.max_batch_size

    @strawberry.field(description="Decoupled: answers in a stream, refused by `infer`.")
    def streaming(self) -> bool:
        return self.declaration.streaming

    @strawberry.field(description="The tensors a call gives.")
    def inputs(self) -> list[TensorSpec]:
        return [TensorSpec.of(spec) for spec in self.declaration.inputs]

    @strawberry.field(description="The tensors it answers.")
    def outputs(self) -> list[TensorSpec]:
        return [TensorSpec.of(spec) for spec in self.declaration.outputs]

    @strawberry.field(description="Request units one call spends.")
    def cost(self) -> int:
        return self.declaration.cost

    @strawberry.field(description="A call that works, ready to copy; null where none is small enough to show.")
    def example(self) -> ModelExample | None:
        found = examples.of(self.declaration)
        return ModelExample(document=found[0], written=found[1]) if found else None


@strawberry.type(description="A model in a page, with its cursor.")
class ModelEdge:
    cursor: str = strawberry.field(description="For `after`.")
    node: Model = strawberry.field(description="The model.")


@strawberry.type(description="A page of models, by name.")
class ModelConnection:
    page: strawberry.Private[Page[CatalogueModel]]

    @strawberry.field(description="The models of this page with their cursors.", directives=[Cost(weight=1)])
    def edges(self) -> list[ModelEdge]:
        return [ModelEdge(cursor=cursor, node=Model.of(model)) for cursor, model in self.page.items]

    @strawberry.field(description="The models of this page.", directives=[Cost(weight=1)])
    def nodes(self) -> list[Model]:
        return [Model.of(model) for _, model in self.page.items]

    @strawberry.field(description="Where this page stands.")
    def page_info(self) -> PageInfo:
        return self.page.info

    @strawberry.field(description="How many models there are on all pages.")
    def total_count(self) -> int:
        return self.page.total


@strawberry.type
class ModelQueries:
    @strawberry.field(description="The models the caller may use, by name.")
    def models(self, info: Info, first: First = 50, after: After = strawberry.UNSET) -> ModelConnection | None:
        if info.context.dry_run:
            return None
        found = models.listed(info.context.models, info.context.caller)
        return ModelConnection(page=pages.cut(found, key=attrgetter("name"), first=first, after=given(after)))

    @strawberry.field(description="One model; MODEL_NOT_FOUND where there is none that the caller may use.")
    def model(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="Its name.")],
        version: Annotated[
            str | None, strawberry.argument(description="Look at this version alone; null: at all of them.")
        ] = strawberry.UNSET,
    ) -> Model | None:
        if info.context.dry_run:
            return None
        return Model.of(models.look_up(info.context.models, info.context.caller, name, given(version)))
