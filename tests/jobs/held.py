"""A model that waits while a file is there, and notes each execution, how it began and how it ended."""

from pathlib import Path

_MODEL = """
import time
from pathlib import Path
import triton_python_backend_utils as triton

HERE = Path(__file__).parent

class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        value = triton.get_input_tensor_by_name(request, "IN").as_numpy()
        note(f"begun {value[0]}")
        while (HERE / "hold").exists() and not request.is_cancelled():
            time.sleep(0.01)
        note(f"{'cancelled' if request.is_cancelled() else 'done'} {value[0]}")
        return triton.InferenceResponse([triton.Tensor("OUT", value)])

def note(line):
    with open(HERE / "notes", "a") as file:
        file.write(line + "\\n")
"""
_CONFIG = """name: "held" backend: "python" max_batch_size: 0
input [ { name: "IN" data_type: TYPE_INT32 dims: [ 1 ] } ] output [ { name: "OUT" data_type: TYPE_INT32 dims: [ 1 ] } ]
instance_group [ { kind: KIND_CPU count: 4 } ]
parameters: { key: "gatehouse.cost" value: { string_value: "5" } }
parameters: { key: "gatehouse.public" value: { string_value: "true" } }
"""


class Held:
    """The model `held`, of 5 units: it returns the number that it is given."""

    def __init__(self, repository: Path) -> None:
        self.repository = repository
        self._folder = repository / "held" / "1"
        self._folder.mkdir(parents=True)
        (self._folder / "model.py").write_text(_MODEL)
        (self._folder.parent / "config.pbtxt").write_text(_CONFIG)

    def hold(self) -> None:
        (self._folder / "hold").touch()

    def release(self) -> None:
        (self._folder / "hold").unlink(missing_ok=True)

    def forget(self) -> None:
        (self._folder / "notes").unlink(missing_ok=True)

    def notes(self, kind: str) -> list[int]:
        """The numbers of the executions that have begun, are done or were cancelled, in order."""
        notes = self._folder / "notes"
        lines = notes.read_text().splitlines() if notes.exists() else []
        return [int(number) for found, number in map(str.split, lines) if found == kind]
