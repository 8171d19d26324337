"""Load on an endpoint: by wrk where it is installed, else by threads of this process."""

import http.client
import re
import shutil
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median

#: Asks the paths of a file in turn; a comment with a number makes each query a text of its own.
_LUA = """local paths, seen = {{}}, 0
for line in io.lines("{file}") do paths[#paths + 1] = line end
math.randomseed(os.time())
seen = math.random(1, 1000000) * 1000
request = function()
  seen = seen + 1
  local path = paths[seen % #paths + 1]
  if {distinct} then path = path:gsub("query=", "query=%%23" .. seen .. "%%0A", 1) end
  return wrk.format("GET", path)
end
"""


@dataclass(frozen=True)
class Measured:
    """Answers a second, the median and 99th percentile of the latency in ms, and requests that got none."""

    rate: float
    median: float
    late: float
    failed: int


def load(urls: list[str], clients: int, seconds: float, folder: Path, distinct: bool) -> Measured:
    """Ask these addresses in turn for a while."""
    if shutil.which("wrk"):
        return _wrk(urls, clients, seconds, folder, distinct)
    return _threads(urls, clients, seconds, distinct)


def _wrk(urls: list[str], clients: int, seconds: float, folder: Path, distinct: bool) -> Measured:
    parts = urllib.parse.urlsplit(urls[0])
    paths, script = folder / "paths.txt", folder / "load.lua"
    paths.write_text("".join(_path(url) + "\n" for url in urls), "utf-8")
    script.write_text(_LUA.format(file=paths, distinct=str(distinct).lower()), "utf-8")
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds:g}s", "--latency", "--timeout", "30s", "-s"]
    command += [str(script), f"{parts.scheme}://{parts.netloc}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    errors = re.search(r"Socket errors: .*timeout (\d+)", said)
    lost = int(failed[1] if failed else 0) + int(errors[1] if errors else 0)
    total = re.search(r"(\d+) requests in", said)
    asked = max(int(total[1] if total else 0), 1)
    return Measured(
        float(_after("Requests/sec:", said)) * max(1 - lost / asked, 0),
        _milliseconds(_after("50%", said)),
        _milliseconds(_after("99%", said)),
        lost,
    )


def _path(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    return f"{parts.path}?{parts.query}"


def _after(word: str, text: str) -> str:
    found = re.search(rf"^\s*{re.escape(word)}\s+(\S+)", text, re.MULTILINE)
    return found[1] if found else "0ms"


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(\D*)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[unit]


def _threads(urls: list[str], clients: int, seconds: float, distinct: bool) -> Measured:
    taken: list[float] = []
    failed = [0]
    numbers = count(time.time_ns() % 10**9)
    stop = time.monotonic() + seconds
    work = _asker(urls, distinct, numbers, stop, taken, failed)
    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken.sort()
    late = taken[int(len(taken) * 0.99)] if taken else 0.0
    rate = (len(taken) - failed[0]) / seconds
    return Measured(rate, median(taken or [0]) * 1000, late * 1000, failed[0])


def _asker(
    urls: list[str], distinct: bool, numbers: "count[int]", stop: float, taken: list[float], failed: list[int]
) -> Callable[[], None]:
    def work() -> None:
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(urls[0]).netloc, timeout=30)
        while (started := time.monotonic()) < stop:
            number = next(numbers)
            path = _path(urls[number % len(urls)])
            path = path.replace("query=", f"query=%23{number}%0A", 1) if distinct else path
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            taken.append(time.monotonic() - started)
            failed[0] += answer.status >= 400

    return work
