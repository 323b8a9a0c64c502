"""Counts to COUNT, with a pause of MILLISECONDS before each number, and SIZE bytes beside it.

END says how the stream ends: `done`, `error`, `die`, `wrong` (an answer that is not as declared), or `asked`: then the
only number is how many streams were cancelled or have ended since the model was loaded, as 1,000 times the cancelled
ones and the others. Each stream has a thread of its own.
"""

import os
import threading
import time

import numpy as np
import triton_python_backend_utils as triton


class TritonPythonModel:
    def initialize(self, args):
        self.lock = threading.Lock()
        self.ended, self.cancelled = 0, 0

    def execute(self, requests):
        for request in requests:
            threading.Thread(target=self.run, args=(request,), daemon=True).start()

    def run(self, request):
        sender = request.get_response_sender()
        count, milliseconds, size = (number(request, name) for name in ("COUNT", "MILLISECONDS", "SIZE"))
        end = text(request, "END")
        if end == "asked":
            with self.lock:
                sender.send(answer(1000 * self.cancelled + self.ended, 0))
            sender.send(flags=triton.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
            return
        for index in range(count):
            if not self.waits(sender, milliseconds / 1000):
                sender.send(flags=triton.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
                return
            sender.send(answer(index, size))
        if end == "die":
            os._exit(1)
        if end == "error":
            sender.send(triton.InferenceResponse(error=triton.TritonError("no more")))
        if end == "wrong":
            sender.send(triton.InferenceResponse([triton.Tensor("NUMBER", np.array([1, 2], np.int32))]))
        with self.lock:
            self.ended += 1
        sender.send(flags=triton.TRITONSERVER_RESPONSE_COMPLETE_FINAL)

    def waits(self, sender, seconds):
        """False as soon as the caller has left."""
        until = time.monotonic() + seconds
        while True:
            if sender.is_cancelled():
                with self.lock:
                    self.cancelled += 1
                return False
            left = until - time.monotonic()
            if left <= 0:
                return True
            time.sleep(min(left, 0.02))


def number(request, name):
    tensor = triton.get_input_tensor_by_name(request, name)
    return 0 if tensor is None else int(tensor.as_numpy()[0])


def text(request, name):
    tensor = triton.get_input_tensor_by_name(request, name)
    return "done" if tensor is None else tensor.as_numpy()[0].decode()


def answer(number, size):
    data = np.full(size, number % 256, np.uint8)
    return triton.InferenceResponse(
        [triton.Tensor("NUMBER", np.array([number], np.int32)), triton.Tensor("DATA", data)]
    )
