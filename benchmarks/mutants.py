"""Break the code in many small ways, one at a time, and see whether its tests notice.

    python benchmarks/mutants.py [--sample N] [--workers N] [--fresh] [--only PART-OF-PATH ...]

mutants.toml names the files, the tests of each, the size and seed of the sample, and the mutants
that no test can notice, each with its reason. The mutations are mutmut's, of module constants too;
left out are sentences for people, annotations, decorators and ``strict`` of ``zip``. A mutant's
id holds where and what it is and not its line, and the sample are the least hashes of ids: it
stays the same where code moves or other code changes. Each mutant runs in a copy of ``src``.
What was seen is kept in .mutants.jsonl and reused while the file and its tests stay as they are.

Writes benchmarks/results/mutants.json.
"""

from __future__ import annotations

import argparse
import atexit
import compileall
import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NoReturn

import libcst as cst
from libcst import matchers as m
from mutmut.mutation.mutators import mutation_operators
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = tomllib.loads((ROOT / "benchmarks" / "mutants.toml").read_text("utf-8"))
SEEN = ROOT / ".mutants.jsonl"
PACKAGE = Path("src") / "lgescar"
PRELOADED = (
    "pytest", "hypothesis", "numpy", "scipy.ndimage", "scipy.stats", "scipy.spatial", "pydicom",
    "nibabel", "PIL.Image", "contourpy", "starlette.testclient", "sklearn.metrics",
)  # fmt: skip
PATIENCE_S, PATIENCE_TIMES = 30.0, 5.0
"""A mutant may take this long and this many times what the unbroken code takes."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One small change of one file, and the tests that should notice."""

    id: str
    file: str
    line: int
    where: str
    before: str
    after: str
    tests: tuple[str, ...]
    source: Callable[[], str]

    def key(self) -> str:
        """Changes with the mutated file and with its tests."""
        digest = hashlib.sha256(self.source().encode())
        for path in _files_of(self.tests):
            digest.update(path.read_bytes())
        return digest.hexdigest()[:24]

    def listed(self) -> dict[str, Any]:
        """What a list of mutants shows."""
        names = ("id", "file", "line", "where", "before", "after")
        return {name: getattr(self, name) for name in names}


class _Places(cst.CSTVisitor):
    """Every node that may be mutated, with the function that holds it."""

    METADATA_DEPENDENCIES = (cst.metadata.PositionProvider,)

    def __init__(self) -> None:
        self.found: list[tuple[cst.CSTNode, str, int]] = []
        self._where: list[str] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.Annotation | cst.Decorator | cst.Import | cst.ImportFrom):
            return False
        if isinstance(node, cst.Expr) and isinstance(node.value, cst.BaseString):
            return False  # a docstring
        if m.matches(node, m.Assign(value=m.Subscript())) and not self._where:
            return False  # a type alias
        if m.matches(node, m.Assign(targets=[m.AssignTarget(m.Name("__all__"))])):
            return False
        if not m.matches(node, m.Call(func=m.Name("zip"))):
            line = self.get_metadata(cst.metadata.PositionProvider, node).start.line
            self.found.append((node, ".".join(self._where), line))
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            self._where.append(node.name.value)
        return not m.matches(node, m.Arg(keyword=m.Name("strict")))

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if isinstance(original_node, cst.FunctionDef | cst.ClassDef):
            self._where.pop()


def mutants() -> list[Mutant]:
    """Every mutant of every file of the settings, least hash first."""
    found = [
        mutant
        for part in SETTINGS["part"]
        for pattern in part["files"]
        for path in _files_like(pattern)
        for mutant in _of_file(path, tuple(t for t in part["tests"] if (ROOT / t).exists()))
    ]
    return sorted(found, key=lambda each: _hash(f"{SETTINGS['seed']} {each.id}"))


def _files_like(pattern: str) -> list[Path]:
    """Files of the settings; a pattern that a renamed file left behind is an error."""
    found = sorted((ROOT / PACKAGE).glob(pattern))
    if not found:
        raise SystemExit(f"mutants.toml: no file is {pattern}")
    return found


def _of_file(path: Path, tests: tuple[str, ...]) -> Iterator[Mutant]:
    wrapper = cst.metadata.MetadataWrapper(cst.parse_module(path.read_text("utf-8")))
    places = _Places()
    wrapper.visit(places)
    module, room = wrapper.module, path.parent.name
    own = f"tests/{room}/test_{path.stem}.py"
    order = (own, *(t for t in tests if t != own)) if (ROOT / own).exists() else tests
    times: Counter[str] = Counter()
    for node, where, line in places.found:
        before = module.code_for_node(node)
        for kind, operator in mutation_operators:
            if not isinstance(node, kind):
                continue
            for changed in operator(node):
                after = module.code_for_node(changed)
                if _is_said_to_people(node, changed) or before == after:
                    continue
                name = f"{room}/{path.stem} {where} {before} -> {after}"
                times[name] += 1
                yield Mutant(
                    id=_hash(f"{name} {times[name]}")[:10],
                    file=f"{room}/{path.name}",
                    line=line,
                    where=where,
                    before=" ".join(before.split()),
                    after=" ".join(after.split()),
                    tests=order,
                    source=partial(_source, module, node, changed),
                )


def _source(module: cst.Module, node: cst.CSTNode, changed: cst.CSTNode) -> str:
    return cst.ensure_type(module.deep_replace(node, changed), cst.Module).code


def _is_said_to_people(node: cst.CSTNode, changed: cst.CSTNode) -> bool:
    """Whether the change is in a sentence: tests look for its facts and not for its words."""
    if isinstance(node, cst.SimpleString):
        return " " in node.value
    if isinstance(node, cst.Call) and isinstance(changed, cst.Call):
        kept = {id(arg) for arg in changed.args}
        return any(id(arg) not in kept and _is_sentence(arg.value) for arg in node.args)
    if isinstance(node, cst.Assign | cst.AnnAssign):
        return node.value is not None and _is_sentence(node.value)
    return False


def _is_sentence(value: cst.BaseExpression) -> bool:
    if isinstance(value, cst.SimpleString):
        return " " in value.value
    return isinstance(value, cst.FormattedString | cst.ConcatenatedString)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _files_of(tests: tuple[str, ...]) -> list[Path]:
    found = [ROOT / "tests" / "conftest.py"]
    for test in tests:
        path = ROOT / test
        found += sorted(path.glob("*.py")) if path.is_dir() else [path, path.parent / "conftest.py"]
    return [path for path in dict.fromkeys(found) if path.exists()]


class Copy:
    """A copy of ``src`` in which one mutant at a time lives, in a process of its own."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="mutants-"))
        atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        self._src = self._folder / "src"
        shutil.copytree(ROOT / "src", self._src, ignore=shutil.ignore_patterns("__pycache__"))
        compileall.compile_dir(self._src, quiet=1)
        for name in PRELOADED:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)

    def outcome(self, file: str, source: str, tests: tuple[str, ...], limit_s: float) -> str:
        """``killed``, ``survived`` or ``timeout`` (killed as well) of the file with this text."""
        path = self._src / "lgescar" / file
        unbroken = path.read_text("utf-8")
        path.write_text(source, "utf-8")
        Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
        try:
            return self._run(tests, limit_s)
        finally:
            path.write_text(unbroken, "utf-8")

    def _run(self, tests: tuple[str, ...], limit_s: float) -> str:
        """The tests up to the first that fails, in a fork: libraries are imported once for all."""
        child = os.fork()
        if child == 0:
            self._test(tests)
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return "survived" if status == 0 else "killed"
            time.sleep(0.02)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return "timeout"

    def _test(self, tests: tuple[str, ...]) -> NoReturn:
        code = 1
        try:
            os.setsid()
            os.chdir(ROOT)
            for stream in (1, 2):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
            sys.path.insert(0, str(self._src))
            sys.dont_write_bytecode = True
            os.environ["PYTHONPATH"] = str(self._src)
            os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(self._folder / "hypothesis")
            only = "not slow and not data and not browser and not tool and not gpu"
            options = [
                "-qx",
                "-n",
                "0",
                "--tb=no",
                "--assert=plain",
                "--hypothesis-seed=0",
                "-m",
                only,
            ]
            options += ["--basetemp", str(self._folder / "temporary"), *tests]
            code = int(importlib.import_module("pytest").main(options))
        finally:
            os._exit(code)


_copy: list[Copy] = []
"""The copy of this process."""


def _in_copy(file: str, source: str, tests: tuple[str, ...], limit_s: float) -> str:
    if not _copy:
        _copy.append(Copy())
    return _copy[0].outcome(file, source, tests, limit_s)


def outcomes_of(sample: list[Mutant], workers: int, fresh: bool) -> dict[str, str]:
    """The outcome of each mutant by id; those seen before are not run again."""
    seen = {} if fresh or not SEEN.exists() else _seen()
    keys = {mutant.id: mutant.key() for mutant in sample}
    todo = [mutant for mutant in sample if keys[mutant.id] not in seen]
    found = {name: seen[key] for name, key in keys.items() if key in seen}
    limits: dict[tuple[str, ...], float] = {}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for mutant in {mutant.tests: mutant for mutant in todo}.values():
            start, source = time.monotonic(), (ROOT / PACKAGE / mutant.file).read_text("utf-8")
            outcome = pool.submit(_in_copy, mutant.file, source, mutant.tests, 900.0).result()
            if outcome != "survived":
                raise SystemExit(f"tests fail on the unbroken code: {' '.join(mutant.tests)}")
            limits[mutant.tests] = PATIENCE_S + PATIENCE_TIMES * (time.monotonic() - start)
        jobs = {
            pool.submit(_in_copy, each.file, each.source(), each.tests, limits[each.tests]): each
            for each in todo
        }
        for job in tqdm(as_completed(jobs), total=len(jobs), disable=None):
            mutant = jobs[job]
            found[mutant.id] = job.result()
            with SEEN.open("a", encoding="utf-8") as file:
                row = {"key": keys[mutant.id], "outcome": found[mutant.id]}
                file.write(json.dumps(row) + "\n")
    return found


def _seen() -> dict[str, str]:
    lines = SEEN.read_text("utf-8").splitlines()
    return {row["key"]: row["outcome"] for row in map(json.loads, lines)}


def main() -> int:
    """Sample, run, print the survivors, store."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=partial(argparse.RawDescriptionHelpFormatter, max_help_position=30),
    )
    parser.add_argument("--sample", type=int, default=SETTINGS["sample"])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--fresh", action="store_true", help="run again what was seen before")
    parser.add_argument("--only", nargs="+", default=[""], help="parts of the files' paths")
    args = parser.parse_args()
    every = mutants()
    sample = [m for m in every[: args.sample] if any(part in m.file for part in args.only)]
    outcomes = outcomes_of(sample, args.workers, args.fresh)
    reasons = {row["id"]: row["reason"] for row in SETTINGS.get("equivalent", ())}
    alive = [mutant for mutant in sample if outcomes[mutant.id] == "survived"]
    unseen = [mutant for mutant in alive if mutant.id in reasons]
    missed = [mutant for mutant in alive if mutant.id not in reasons]
    killed, counted = len(sample) - len(alive), len(sample) - len(unseen)
    for mutant in missed:
        print(
            f"{mutant.id} {mutant.file}:{mutant.line} {mutant.where}: {mutant.before} -> "
            f"{mutant.after}"
        )
    print(
        f"{killed} of {counted} mutants killed ({100.0 * killed / max(1, counted):.1f} %), "
        f"{len(missed)} survived, {len(unseen)} that no test can notice"
    )
    if args.only == [""] and args.sample == SETTINGS["sample"]:
        from record import RESULTS, about  # imports lgescar, which no process of mutants may

        record = {
            **about("make mutants", seeds={"sample": SETTINGS["seed"]}, labels="none"),
            "mutants": len(every),
            "sample": len(sample),
            "killed": killed,
            "killed_percent": round(100.0 * killed / max(1, counted), 1),
            "survived": [mutant.listed() for mutant in missed],
            "equivalent": [{**mutant.listed(), "reason": reasons[mutant.id]} for mutant in unseen],
            "by_file": _by_file(sample, outcomes),
        }
        path = RESULTS / "mutants.json"
        path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


def _by_file(sample: list[Mutant], outcomes: dict[str, str]) -> dict[str, dict[str, int]]:
    files: dict[str, Counter[str]] = {}
    for mutant in sample:
        files.setdefault(mutant.file, Counter())[outcomes[mutant.id]] += 1
    return {file: dict(sorted(files[file].items())) for file in sorted(files)}


if __name__ == "__main__":
    sys.exit(main())
