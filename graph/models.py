"""The model catalogue."""

from operator import attrgetter
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph import examples, ids, pages
from graph.arguments import After, First, given
from graph.context import Info
from graph.execution.cost_directive import PLAN, Cost
from graph.pages import Page, PageInfo
from graph.tensors import TensorSpec
from resolvers import models

if TYPE_CHECKING:
    from inference.catalogue import Model as CatalogueModel
    from inference.declarations import Declaration


@strawberry.type(description="An example call of a model, ready to copy.")
class ModelExample:
    document: str = strawberry.field(description="The GraphQL document.")
    written: strawberry.Private[str]

    @strawberry.field(description="The variables of the document, as JSON.")
    def variables(self, info: Info) -> str:
        info.context.moved.write(len(self.written))
        return self.written


@strawberry.type(description="A model that the caller may use.")
class Model:
    model: strawberry.Private["CatalogueModel"]
    declaration: strawberry.Private["Declaration"]

    @classmethod
    def of(cls, model: "CatalogueModel") -> "Model":
        return cls(model=model, declaration=model.declaration)

    @strawberry.field(description="Opaque ID, unique across all types.")
    def id(self) -> strawberry.ID:
        return ids.write("Model", self.model.name)

    @strawberry.field(description="The name to pass to `infer` and `model`.")
    def name(self) -> str:
        return self.model.name

    @strawberry.field(description="The newest version that is ready. Null if none is ready.")
    def version(self) -> str | None:
        return self.model.version

    @strawberry.field(description="All versions, newest last.")
    def versions(self) -> list[str]:
        return list(self.model.versions)

    @strawberry.field(description="Whether at least one version is loaded and ready.")
    def ready(self) -> bool:
        return bool(self.model.ready)

    @strawberry.field(description="The operator's description of the model. Null if there is none.")
    def description(self) -> str | None:
        return self.declaration.description

    @strawberry.field(description="The largest number of items in one call. 0 if the model does not support batches.")
    def max_batch_size(self) -> int:
        return self.declaration.max_batch_size

    @strawberry.field(
        description=(
            "Whether one call may have several answers (in Triton's terms: the model is decoupled). Call such a model "
            "with `subscription { infer }`. A query of it is refused."
        )
    )
    def streams(self) -> bool:
        return self.declaration.streaming

    @strawberry.field(description="The same as `streams`.", deprecation_reason="Use `streams`.")
    def streaming(self) -> bool:
        return self.declaration.streaming

    @strawberry.field(
        description=(
            "Why the model cannot be called: it requires sequences of calls, or has too many inputs. `infer` refuses "
            "such a call and spends nothing. Null if the model can be called."
        )
    )
    def uncallable_reason(self, info: Info) -> str | None:
        if self.declaration.uncallable:
            return self.declaration.uncallable
        most = info.context.tools.settings.document_tokens
        if not examples.is_too_wide(self.declaration, info._raw_info.schema, most=most):
            return None
        return (
            f"A call with the inputs of model {self.model.name!r} has more than the {most} values that variables may "
            "hold here. Its operator can raise GATEHOUSE_DOCUMENT_TOKENS."
        )

    @strawberry.field(description="The tensors that a call takes.")
    def inputs(self) -> list[TensorSpec]:
        return [TensorSpec.of(spec) for spec in self.declaration.inputs]

    @strawberry.field(description="The tensors that a call returns.")
    def outputs(self) -> list[TensorSpec]:
        return [TensorSpec.of(spec) for spec in self.declaration.outputs]

    @strawberry.field(description="Request units that one call costs.")
    def cost(self) -> int:
        return self.declaration.cost

    @strawberry.field(
        description=(
            "An example call, ready to copy. Null if the model cannot be called, or if no call is small enough to show."
        )
    )
    def example(self, info: Info) -> ModelExample | None:
        most = info.context.tools.settings.document_tokens
        found = examples.of(self.declaration, info._raw_info.schema, most=most)
        return ModelExample(document=found[0], written=found[1]) if found else None


@strawberry.type(description="A model and its cursor.")
class ModelEdge:
    cursor: str = strawberry.field(description="The cursor of this item, for `after`.")
    node: Model = strawberry.field(description="The model.")


@strawberry.type(description="A page of models, sorted by name.")
class ModelConnection:
    page: strawberry.Private["Page[CatalogueModel]"]

    @strawberry.field(description="The models of this page, with their cursors.", directives=[Cost(weight=1)])
    def edges(self) -> list[ModelEdge]:
        return [ModelEdge(cursor=cursor, node=Model.of(model)) for cursor, model in self.page.items]

    @strawberry.field(description="The models of this page.", directives=[Cost(weight=1)])
    def nodes(self) -> list[Model]:
        return [Model.of(model) for _, model in self.page.items]

    @strawberry.field(description="The position of this page in the list.")
    def page_info(self) -> PageInfo:
        return self.page.info

    @strawberry.field(description="The number of models on all pages.")
    def total_count(self) -> int:
        return self.page.total


@strawberry.type
class ModelQueries:
    @strawberry.field(
        description=(
            "The models that the caller may use, sorted by name. An API token needs scope READ. An anonymous caller "
            "gets UNAUTHENTICATED, unless the operator allows anonymous inference."
        ),
        directives=[PLAN],
    )
    def models(
        self,
        info: Info,
        first: First = 50,
        after: After = strawberry.UNSET,
        search: Annotated[
            str | None,
            strawberry.argument(
                description=(
                    "Only models whose name or description contains this text of at most 80 characters, in letters of "
                    "either case. Omitted, null or empty: all."
                )
            ),
        ] = strawberry.UNSET,
    ) -> ModelConnection | None:
        found = models.listed(info.context.models, info.context.caller, search=given(search))
        return ModelConnection(page=pages.cut(found, key=attrgetter("name"), first=first, after=given(after)))

    @strawberry.field(
        description=("One model by its name. MODEL_NOT_FOUND if it does not exist or the caller may not use it."),
        directives=[PLAN],
    )
    def model(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="The name of the model.")],
        version: Annotated[
            str | None, strawberry.argument(description="Show only this version. Omitted or null: all versions.")
        ] = strawberry.UNSET,
    ) -> Model | None:
        return Model.of(models.look_up(info.context.models, info.context.caller, name, given(version)))
