"""The modules of a crate import each other in no circle, and no shipped file is longer than a reader holds in mind."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CRATES = sorted(path.parent for path in ROOT.glob("crates/*/Cargo.toml"))
MOST_LINES = 300
# Files that are longer, each with the reason for which it is not split.
LONGER = {
    "crates/aws/src/store/key.rs": "the table's whole design: one page for every kind of item and its key",
    "crates/fakes/src/memory.rs": "the fake's tables, and the ports of intake that change several of them at once",
}

Module = tuple[str, ...]
# What a file says that is no code: comments, characters and strings.
_NO_CODE = re.compile(r"""//[^\n]*|b?r(#+)".*?"\1|'(?:\\.|[^'\\])'|"(?:\\.|[^"\\])*["]""", re.DOTALL)
_TEST_ONLY = r"#\[cfg\((?:test|all\(test|any\(test)[^\n]*\n(?:#\[[^\]]*\]\s*)*(?:pub(?:\([^)]*\))? )?mod (\w+)"
_INLINE_TESTS = re.compile(rf"^{_TEST_ONLY} \{{", re.MULTILINE)
_TEST_FILE = re.compile(rf"^{_TEST_ONLY};", re.MULTILINE)
_USE = re.compile(r"^\s*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);", re.MULTILINE)
_VISIBILITY = re.compile(r"pub\(in [^)]*\)")
_PATH = re.compile(r"(?<![\w:])(\w+(?:::\w+)+)")


def _shipped(text: str) -> str:
    """The text without the tests at its end."""
    return _INLINE_TESTS.split(text)[0]


def _files(crate: Path) -> dict[Module, Path]:
    """The modules of the crate that are files, but for those that only tests have."""
    source = crate / "src"
    found = {}
    for path in source.rglob("*.rs"):
        parts = path.relative_to(source).with_suffix("").parts
        is_root = parts == ("lib",) or (parts == ("main",) and not (source / "lib.rs").exists())
        found[() if is_root else parts] = path
    tests = {(*module, name) for module, path in found.items() for name in _TEST_FILE.findall(path.read_text())}
    return {
        module: path
        for module, path in found.items()
        if not any(module[: len(test)] == test for test in tests)
    }


def _paths_of_use(tree: str) -> list[str]:
    """`a::{b, c::d}` as `a::b` and `a::c::d`."""
    tree = re.sub(r"\s+as\s+\w+", "", re.sub(r"\s+", " ", tree)).strip()
    start = tree.find("{")
    if start < 0:
        return [tree.replace(" ", "")]
    parts, depth = [""], 0
    for letter in tree[start + 1 : tree.rindex("}")]:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [
        tree[:start].replace(" ", "") + path for part in parts if part.strip() for path in _paths_of_use(part)
    ]


class _Crate:
    def __init__(self, files: dict[Module, str]) -> None:
        """`files`: the text of each module."""
        self.code = {module: _NO_CODE.sub("", _shipped(text)) for module, text in files.items()}
        self.reexports: dict[Module, dict[str, Module]] = {}
        for module, code in self.code.items():
            for public, tree in _USE.findall(code):
                for path in _paths_of_use(tree) if public else []:
                    if target := self._absolute(module, path):
                        self.reexports.setdefault(module, {})[target[-1]] = target

    def _absolute(self, module: Module, path: str) -> Module | None:
        first, *rest = path.split("::")
        if first == "crate":
            base: Module = ()
        elif first == "self":
            base = module
        elif first == "super":
            base = module[:-1]
            while rest and rest[0] == "super":
                base, rest = base[:-1], rest[1:]
        elif (*module, first) in self.code:
            base, rest = module, [first, *rest]
        else:
            return None
        return (*base, *(part for part in rest if part != "self"))

    def _module_of(self, path: Module, depth: int = 0) -> Module:
        """The module that has what the path names, behind whatever hands it on."""
        length = next(n for n in range(len(path), -1, -1) if path[:n] in self.code)
        module, rest = path[:length], path[length:]
        onward = self.reexports.get(module, {}).get(rest[0]) if rest else None
        if onward is None or onward == path or depth > 8:
            return module
        return self._module_of((*onward, *rest[1:]), depth + 1)

    def imports(self) -> dict[Module, set[Module]]:
        """The modules that each one names. A module and what lies in its own folder are read together: they do not count,
        nor does what the crate's root hands out."""
        found = {}
        for module, code in self.code.items():
            paths = [path for public, tree in _USE.findall(code) if not public for path in _paths_of_use(tree)]
            paths += _PATH.findall(_VISIBILITY.sub("", _USE.sub("", code)))
            targets = {self._module_of(path) for path in (self._absolute(module, path) for path in paths) if path}
            found[module] = {
                target
                for target in targets
                if target != module[: len(target)] and module != target[: len(module)]
            }
        return found


def circles(files: dict[Module, str]) -> list[list[str]]:
    imports = _Crate(files).imports()

    def reached(start: Module) -> set[Module]:
        seen: set[Module] = set()
        waiting = list(imports.get(start, ()))
        while waiting:
            module = waiting.pop()
            if module not in seen:
                seen.add(module)
                waiting.extend(imports.get(module, ()))
        return seen

    reach = {module: reached(module) for module in imports}
    found = {
        tuple(sorted("::".join(other) for other in reach[module] if module in reach[other]))
        for module in imports
        if module in reach[module]
    }
    return [list(circle) for circle in sorted(found)]


@pytest.mark.parametrize("crate", CRATES, ids=lambda crate: crate.name)
def test_modules_of_a_crate_import_each_other_in_no_circle(crate: Path) -> None:
    assert circles({module: path.read_text() for module, path in _files(crate).items()}) == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("use crate::b::B;", "use super::a::{A, other};", [["a", "b"]]),
        ("fn f() { crate::b::g() }", "use crate::{a};", [["a", "b"]]),
        ("use crate::c::B;", "use crate::a::A;", [["a", "b"]]),
        ("use crate::b::B;", "// use crate::a::A;\nconst X: &str = \"crate::a\";", []),
        ("use crate::b::B;", "pub(in crate::a) fn f() {}", []),
        ("use crate::b::B;", "#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}", []),
    ],
)
def test_circles_are_found_where_they_are(one: str, other: str, expected: list[list[str]]) -> None:
    """`c` hands on what `b` has."""
    files: dict[Module, str] = {(): "mod a;\nmod b;\nmod c;", ("a",): one, ("b",): other, ("c",): "pub use crate::b::B;"}
    assert circles(files) == expected


def _too_long() -> dict[str, int]:
    lengths = {
        str(path.relative_to(ROOT)): len(_shipped(path.read_text()).splitlines())
        for crate in CRATES
        for path in _files(crate).values()
    }
    return {path: lines for path, lines in lengths.items() if lines > MOST_LINES}


def test_shipped_files_are_short_or_say_why_not() -> None:
    assert {path: lines for path, lines in _too_long().items() if path not in LONGER} == {}


def test_files_that_may_be_longer_are_there() -> None:
    assert [path for path in LONGER if not (ROOT / path).is_file()] == []
