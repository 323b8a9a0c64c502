"""Bodies."""

from benchmarks.attacks.request import Request, body, with_variable


def many_keys(number: int) -> Request:
    members = ",".join(f'"{key:x}":{number}' for key in range(7000))
    return body(f'{{"query":"{{service{{version}}}}","extensions":{{{members}}}}}'[: 64 * 1024])


def many_small_objects(number: int) -> Request:
    return with_variable("[" + ",".join(["{}"] * 21_000) + "]")


def many_numbers(number: int) -> Request:
    return with_variable("[" + ",".join(["1"] * 32_000) + "]")


def backslashes(number: int) -> Request:
    return with_variable('"' + "\\\\" * 32_000 + '"')
