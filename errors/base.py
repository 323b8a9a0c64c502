"""What every error states about itself. The message is written for the caller to read."""

from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar


class Fault(IntEnum):
    """Whose fault an error is. All but CALLER are the service's. Of several in an answer, metrics count the highest."""

    CALLER = 0
    BUSY = 1
    LATE = 2
    MODEL_DOWN = 3
    SERVICE_DOWN = 4
    INTERNAL = 5


_faults: dict[str, Fault] = {}


class GatehouseError(Exception):
    """A subclass must set each attribute, or inherit it. One that lacks an attribute raises TypeError when it is made.

    `code` is an ErrorCode of the schema. `status` is the HTTP status where the error refuses a whole request.
    `refunds_units`: the units of a call that ended with this error are given back. `logs_cause`: the exception that
    caused it is logged; not for mistakes of callers, who would fill the log with them.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    fault: ClassVar[Fault]
    refunds_units: ClassVar[bool]
    logs_cause: ClassVar[bool]

    def __init_subclass__(cls, *, abstract: bool = False) -> None:
        super().__init_subclass__()
        if abstract:
            return
        missing = [name for name in GatehouseError.__annotations__ if not hasattr(cls, name)]
        if missing:
            raise TypeError(f"{cls.__name__} must set {', '.join(missing)}.")
        if _faults.setdefault(cls.code, cls.fault) is not cls.fault:
            raise TypeError(f"{cls.__name__} must have the same fault as other errors with code {cls.code}.")

    @property
    def facts(self) -> Mapping[str, object]:
        """Further members of the error's `extensions`."""
        return {}


class CallerError(GatehouseError, abstract=True):
    """The caller's mistake. The message is all there is to know about it."""

    fault = Fault.CALLER
    refunds_units = False
    logs_cause = False


class ServiceError(GatehouseError, abstract=True):
    """Not the caller's fault."""

    refunds_units = True
    logs_cause = True


def fault_of(code: str) -> Fault:
    """Of the errors with this code; CALLER for an unknown code."""
    return _faults.get(code, Fault.CALLER)
