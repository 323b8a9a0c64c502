import importlib
import inspect
import re
import sys
from pathlib import Path
from threading import Barrier, Thread

import pytest

import lazy_init

INIT = "RAN.append(__name__)\nfrom {name}.inner import value\nNAME = 'of the package'\n"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The name of a package on disk with the modules `inner` and `other`, and a list of what has run of it."""
    name = "lazily_opened"
    ran: list[str] = []
    folder = tmp_path / name
    folder.mkdir()
    header = "from builtins import RAN\n"
    (folder / "__init__.py").write_text(header + INIT.format(name=name))
    (folder / "inner.py").write_text(header + "RAN.append(__name__)\nvalue = 1\n")
    (folder / "other.py").write_text(header + f"RAN.append(__name__)\nfrom {name} import NAME\n")
    monkeypatch.setattr("builtins.RAN", ran, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    yield name, ran
    for module in [found for found in sys.modules if found.partition(".")[0] == name]:
        del sys.modules[module]


def test_a_module_is_imported_without_the_init_of_its_package(package):
    name, ran = package
    lazy_init.of(name)

    module = importlib.import_module(f"{name}.inner")

    assert (module.value, ran) == (1, [f"{name}.inner"])


def test_the_init_runs_once_when_a_name_of_it_is_used(package):
    name, ran = package
    lazy_init.of(name)
    lazy_init.modules(name, "inner")

    opened = importlib.import_module(name)

    assert [opened.NAME, opened.NAME, opened.value] == ["of the package", "of the package", 1]
    assert ran == [f"{name}.inner", name]


def test_a_module_of_the_package_may_need_a_name_of_its_init(package):
    name, ran = package
    lazy_init.of(name)

    assert importlib.import_module(f"{name}.other").NAME == "of the package"
    assert ran == [f"{name}.other", name, f"{name}.inner"]


def test_a_name_that_the_package_does_not_have_is_an_attribute_error(package):
    name, _ = package
    lazy_init.of(name)

    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        importlib.import_module(name).nothing  # noqa: B018 - the access is the test


def test_a_name_may_come_from_a_module_without_the_init(package):
    name, ran = package
    lazy_init.of(name)
    lazy_init.names(name, value="inner")

    opened = importlib.import_module(name)

    assert (opened.value, ran) == (1, [f"{name}.inner"])
    assert (opened.NAME, ran) == ("of the package", [f"{name}.inner", name])


def test_names_of_a_package_that_was_imported_before_are_its_own(package):
    name, _ = package
    before = importlib.import_module(name)

    lazy_init.names(name, NAME="inner")

    assert before.NAME == "of the package"


def test_a_module_runs_when_a_name_of_it_is_used(package):
    name, ran = package
    importlib.import_module(name)
    ran.clear()
    lazy_init.of(f"{name}.other")

    module = importlib.import_module(f"{name}.other")

    assert ran == []
    assert (module.NAME, ran) == ("of the package", [f"{name}.other"])


def test_an_init_that_fails_may_be_tried_again(package):
    name, ran = package
    folder = Path(importlib.import_module(name).__path__[0])
    (folder / "late.py").write_text("from builtins import RAN\nRAN.append(__name__)\nwhole = 1 / RAN.index('go')\n")
    ran[:] = ["first"]
    lazy_init.of(f"{name}.late")
    module = importlib.import_module(f"{name}.late")

    with pytest.raises(ValueError, match="'go' is not in list"):
        module.whole  # noqa: B018 - the access is the test
    ran.append("go")

    assert module.whole == 0.5


def test_threads_may_use_a_module_first_at_the_same_time(package):
    name, _ = package
    folder = Path(importlib.import_module(name).__path__[0])
    (folder / "late.py").write_text("early = lambda: END\nfor _ in range(20_000):\n    pass\nEND = 1\n")
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(20):
            lazy_init.of(f"{name}.late")
            module, together = importlib.import_module(f"{name}.late"), Barrier(4)
            found: list[int] = []

            def use(module=module, together=together, found=found):
                together.wait()
                found.append(module.early() + module.END)

            threads = [Thread(target=use) for _ in range(4)]
            for one in threads:
                one.start()
            for one in threads:
                one.join()
            del sys.modules[f"{name}.late"]
            assert found == [2] * 4
    finally:
        sys.setswitchinterval(interval)


def test_threads_that_wait_for_each_others_imports_do_not_wait_for_ever(package, monkeypatch):
    monkeypatch.setattr(lazy_init, "WAITS_SECONDS", 0.2)
    name, _ = package
    folder = Path(importlib.import_module(name).__path__[0])
    del sys.modules[name], sys.modules[f"{name}.inner"]
    # Each of the two goes on once the other one has begun: the package runs in one thread, its module in the other.
    (folder / "__init__.py").write_text(f"from builtins import BOTH\nBOTH.wait()\nimport {name}.other\nEND = 1\n")
    (folder / "other.py").write_text(f"from builtins import BOTH\nBOTH.wait()\nfrom {name} import END\n")
    monkeypatch.setattr("builtins.BOTH", Barrier(2, timeout=30), raising=False)
    lazy_init.of(name)
    opened, found = importlib.import_module(name), []

    def use(ask):
        try:
            ask()
        except ImportError as error:
            found.append(str(error))

    threads = [
        Thread(target=use, args=[ask], daemon=True)
        for ask in (lambda: opened.END, lambda: importlib.import_module(f"{name}.other"))
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)

    assert not any(one.is_alive() for one in threads)
    assert found[0] == f"another thread runs {name}, and waits for an import of this one"


def test_a_package_that_was_imported_before_stays_as_it_is(package):
    name, ran = package
    before = importlib.import_module(name)

    lazy_init.of(name)

    assert importlib.import_module(name) is before
    assert ran == [name, f"{name}.inner"]


def test_an_absent_package_can_be_imported_afterwards(package):
    name, ran = package
    with lazy_init.absent(name), pytest.raises(ImportError):
        importlib.import_module(name)
    assert ran == []

    assert importlib.import_module(name).NAME == "of the package"


def test_a_package_that_was_imported_before_is_not_absent(package):
    name, _ = package
    importlib.import_module(name)

    with lazy_init.absent(name):
        assert importlib.import_module(name).NAME == "of the package"


def test_the_outer_package_runs_before_the_inner_one(package):
    name, ran = package
    folder = Path(importlib.import_module(name).__path__[0]) / "deep"
    folder.mkdir()
    (folder / "__init__.py").write_text("from builtins import RAN\nRAN.append(__name__)\nDEEP = 1\n")
    del sys.modules[name], sys.modules[f"{name}.inner"]
    ran.clear()
    lazy_init.of(name, f"{name}.deep")

    assert importlib.import_module(f"{name}.deep").DEEP == 1
    assert ran == [name, f"{name}.inner", f"{name}.deep"]


def test_a_deferred_function_imports_its_module_when_it_is_called(package):
    name, ran = package
    importlib.import_module(name)
    ran.clear()
    (Path(sys.modules[name].__path__[0]) / "late.py").write_text(
        "from builtins import RAN\nRAN.append(__name__)\ndef twice(number): return 2 * number\n"
    )

    with lazy_init.deferred(f"{name}.late", "twice"):
        twice = importlib.import_module(f"{name}.late").twice

    assert ran == []
    assert not hasattr(sys.modules[name], "late")
    assert [twice(2), twice(number=3)] == [4, 6]
    assert ran == [f"{name}.late"]
    assert importlib.import_module(f"{name}.late").twice(4) == 8


def test_a_function_with_the_name_of_its_module_stays_in_the_package(package):
    name, ran = package
    folder = Path(importlib.import_module(name).__path__[0]) / "tools"
    folder.mkdir()
    (folder / "__init__.py").write_text(f"from {name}.tools.twice import twice\n")
    (folder / "twice.py").write_text("from builtins import RAN\nRAN.append(__name__)\ndef twice(n): return 2 * n\n")
    ran.clear()

    with lazy_init.deferred(f"{name}.tools.twice", "twice"):
        tools = importlib.import_module(f"{name}.tools")

    assert ran == []
    assert [tools.twice(2), tools.twice(3)] == [4, 6]
    assert ran == [f"{name}.tools.twice"]


def test_a_function_of_a_module_without_a_package_may_be_deferred(package):
    name, ran = package

    with lazy_init.deferred(name, "value"):
        assert type(importlib.import_module(name).value).__name__ == "partial"

    assert ran == []
    assert importlib.import_module(name).value == 1


def test_a_module_that_was_imported_before_is_not_deferred(package):
    name, _ = package
    inner = importlib.import_module(f"{name}.inner")

    with lazy_init.deferred(f"{name}.inner", "value"):
        assert importlib.import_module(f"{name}.inner") is inner


def test_a_pattern_compiles_itself_when_it_is_used():
    with lazy_init.patterns():
        assert re.compile("a").match("a")
        wrong = re.compile("(")
        word = re.compile(r"(\w+)!", re.IGNORECASE)

    assert type(re.compile("a")) is re.Pattern
    assert [word.sub(r"<\1>", "Ada!"), word.pattern, word.groups] == ["<Ada>", r"(\w+)!", 1]
    assert word.flags & re.IGNORECASE
    with pytest.raises(re.error):
        wrong.match("")


def test_without_sources_no_source_is_found():
    with lazy_init.no_sources(), pytest.raises(OSError, match="sources"):
        inspect.getsource(lazy_init)

    assert "def no_sources" in inspect.getsource(lazy_init)
