"""One execution and one encoding for all who ask the same of an event."""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult, OperationDefinitionNode
from graphql.pyutils import AwaitableOrValue
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from typing_extensions import override

from image_generation.graphql.views.json import Written
from image_generation.services.feeds import Event


@dataclass(frozen=True, slots=True)
class _Answer:
    """What comes of executing an operation; as long as it is kept, so is the operation's id."""

    operation: OperationDefinitionNode
    result: asyncio.Future[ExecutionResult]


class SharingExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes an operation for a feed's event once for each audience, whoever asks first.

    The same text is the same operation: documents are remembered.
    """

    @override
    def execute_operation(self, serially: bool | None = None) -> AwaitableOrValue[Any]:
        if not isinstance(self.root_value, Event):
            return super().execute_operation(serially)
        answers = self.root_value.memo
        answer = answers.get(self._question)
        if not isinstance(answer, _Answer):
            answer = _Answer(self.operation, asyncio.ensure_future(self._execute(serially)))
            answers[self._question] = answer
        return answer.result.result() if answer.result.done() else asyncio.shield(answer.result)

    @property
    def _question(self) -> Hashable:
        values = repr(self.variable_values.coerced)
        return self.context_value.audience, id(self.operation), values

    async def _execute(self, serially: bool | None) -> ExecutionResult:
        result: Any = super().execute_operation(serially)
        result = await result if self.is_awaitable(result) else result
        data = None if result.data is None else Written(result.data)
        return ExecutionResult(data, result.errors)
