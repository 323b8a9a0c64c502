"""The validation rules for documents."""

from graphql import (
    SKIP,
    GraphQLError,
    GraphQLInputType,
    ValueNode,
    ValuesOfCorrectTypeRule,
    VisitorAction,
    specified_rules,
    validate_input_literal,
)

from graph.execution.one_of import OneOfRule


class _ValuesRule(ValuesOfCorrectTypeRule):
    """Adds the position of the value to an error of our own scalars, which do not know it."""

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        def report(error: GraphQLError, _path: object) -> None:
            self.report_error(error if error.nodes else GraphQLError(error.message, node))

        if input_type:
            validate_input_literal(node, input_type, report)
        return SKIP


RULES = (*(_ValuesRule if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules), OneOfRule)
