"""Failures that the caller did not cause: a later attempt may succeed."""

from datetime import timedelta
from typing import ClassVar

from errors.base import Fault, ServiceError


class DeadlineExceeded(ServiceError):
    """The units are kept, although the fault may be ours: Triton was up and worked, and no process can see on what.

    If they were given back, an input that takes longer than it may would be free, and one caller could keep a model
    from all others for nothing.
    """

    code = "DEADLINE_EXCEEDED"
    status = 504
    fault = Fault.LATE
    refunds_units = False


class ServiceUnavailable(ServiceError):
    """Something that the operation needs is down or full; nothing was done."""

    code = "SERVICE_UNAVAILABLE"
    status = 503
    fault = Fault.SERVICE_DOWN

    message: ClassVar[str] = "The service cannot do this now. Try again shortly."

    def __init__(self, retry_after: timedelta = timedelta(seconds=1)) -> None:
        self.retry_after = retry_after
        super().__init__(self.message)


class StreamEnded(ServiceUnavailable):
    """This process ends, and a stream has taken longer than it waits for operations that run."""

    message = "The process that sent this stream is being stopped. Subscribe again: another one answers."


class SlotLost(ServiceUnavailable):
    """Its process could not renew the slot of a stream for a minute, and other calls of the caller have all slots."""

    message = "The service was held up, and other calls took the slot of this stream. Subscribe again."


class DataMissing(ServiceError):
    """What was stored for a job is not there any more, or not whole. It does not come back."""

    code = "INTERNAL"
    status = 500
    fault = Fault.INTERNAL

    def __init__(self) -> None:
        super().__init__("The stored inputs or result of this job are lost. Create the job again.")
