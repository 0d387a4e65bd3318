"""The Markdown pages as their tests see them: blocks and the comment above each, titles, links, and a page that is run.

A page is a session in one new folder, read from the top, in which the sample lies as in a checkout. What a block is:

- ``sh``: each line is run; it must end with 0 or with the code of its comment ``# exit code 1``.
- ``python``: run; the blocks of a page share their names.
- ``toml``: a policy that must be valid. ``json``: read. ``yaml``: read, and its commands (``run``, ``script``) must
  give a verdict.
- a comment above the fence: ``file: NAME`` writes the block into the folder; ``output: COMMAND`` says that the block is
  what the command printed above on the page (``output: python`` the last Python block), ``output of WORD: COMMAND`` the
  paragraphs of it that begin with a word; ``not run: REASON`` is only read.
- ``<!-- given: a.csv b.csv -->`` anywhere: files that lie in the folder already.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from fairaudit import settings
from fairaudit.__main__ import main

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = {
    path.relative_to(ROOT).as_posix(): path
    for path in (ROOT / "README.md", *sorted(DOCS.rglob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md")
} | {"sample_data/README.md": ROOT / "sample_data" / "README.md"}
UPDATE = os.environ.get("FAIRAUDIT_UPDATE_GOLDEN") == "1"
VERDICTS = {0, 1, 4}
_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
_OUTPUT = re.compile(r"output(?: of (?P<word>[^:]+))?: (?P<command>.+)")
_CODE = re.compile(r"\s# (?:.*; )?exit code (?P<code>\d+)$")


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    language: str
    text: str
    mark: str
    """What the comment above it says; empty where there is none."""
    start: int
    """Where its text begins in the page."""
    line: int

    @property
    def output(self) -> re.Match[str] | None:
        """Which command's output it is, None if it is none."""
        return _OUTPUT.fullmatch(self.mark)


def read(name: str) -> str:
    """Return the text of a page."""
    return PAGES[name].read_text(encoding="utf-8")


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page."""
    return [
        Block(
            match["language"],
            match["text"],
            match["mark"] or "",
            match.start("text"),
            text.count("\n", 0, match.start("text")) + 1,
        )
        for match in _BLOCK.finditer(text)
    ]


def prose(text: str) -> str:
    """Return a page without its blocks, comments, sources and what stands in backticks."""
    text = re.sub(r"<!--.*?-->", "", _BLOCK.sub("", text.partition("\n## Sources")[0]), flags=re.DOTALL)
    return re.sub(r"``.*?``|`[^`]*`", "", text)


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives to a page's titles."""
    found: dict[str, int] = {}
    for title in re.findall(r"^#+ (.+)$", _BLOCK.sub("", text), re.MULTILINE):
        bare = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()
        anchor = re.sub(r"[^\w\- ]", "", bare).strip().replace(" ", "-")
        found[anchor] = found.get(anchor, -1) + 1
        if found[anchor]:
            found[f"{anchor}-{found[anchor]}"] = 0
    return set(found)


def links(text: str) -> list[str]:
    """Return where a page's links and pictures lead."""
    bare = re.sub(r"`[^`\n]*`", "", _BLOCK.sub("", text))
    return re.findall(r"\]\(([^)\s]+)\)", bare)


def replaced(path: Path, old: Block, new: str) -> None:
    """Write a new text in the place of a block's (the update switch)."""
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: old.start] + new + text[old.start + len(old.text) :], encoding="utf-8")


def commands(text: str) -> list[str]:
    """Return the commands of a block of shell, each on one line, with their comments."""
    lines = re.sub(r"\s*\\\n\s*", " ", text).splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def called(arguments: list[str]) -> tuple[int, str, str]:
    """Run the command line in this process and return its exit code and what it printed, the result and the notes."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()) as told:
        code = main(arguments)
        out.flush()
    return code, out.buffer.getvalue().decode(), told.getvalue()


@dataclass
class Session:
    """A page that is run from its first block to its last."""

    folder: Path
    bin: Path
    names: dict[str, object] = field(default_factory=dict)
    printed: dict[str, str] = field(default_factory=dict)
    """By command, and for "python", what was printed last."""

    def sh(self, line: str) -> None:
        """Run one command of the page."""
        expected = _CODE.search(line)
        command = re.sub(r"\s+# .*$", "", line).strip()
        code = self.run(command)
        wanted = int(expected["code"]) if expected else 0
        assert code == wanted, f"{command}\nends with {code} instead of {wanted}:\n{self.printed[command]}"

    def run(self, command: str) -> int:
        """Run a command, in this process where it needs no shell, and return its exit code."""
        words = shlex.split(command)
        assert words[0] not in ("pip", "sudo"), f"{command}: mark its block as not run"
        if words[0] == "cd":
            os.chdir(words[1])
            self.printed[command] = ""
            return 0
        if words[0] != "fairaudit" or set("|&;<>$*") & set(command):
            return self.shell(command)
        code, out, told = called(words[1:])
        self.printed[command] = out or (told if code else "")
        return code

    def shell(self, command: str) -> int:
        """Run a command in a shell of its own."""
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(  # noqa: S603  a command of our own page
            ["/bin/bash", "-c", command], capture_output=True, text=True, check=False, env={**os.environ, "PATH": path}
        )
        self.printed[command] = done.stdout or (done.stderr if done.returncode else "")
        return done.returncode

    def python(self, block: Block, page: str) -> None:
        """Run a block of Python."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block.text, f"{page}:{block.line}", "exec"), self.names)  # noqa: S102  our own page
        self.printed["python"] = printed.getvalue()

    def expected(self, block: Block) -> str:
        """Return what an output block must say."""
        what = block.output
        assert what is not None
        command = "python" if re.match(r"python(,|$)", what["command"]) else what["command"]
        if command not in self.printed:
            assert self.run(command) in VERDICTS
        text = self.printed[command]
        if what["word"] is None:
            return text
        chosen = [part for part in text.strip("\n").split("\n\n") if part.startswith(what["word"])]
        assert chosen, f'no paragraph of "{command}" begins with "{what["word"]}"'
        return "\n\n".join(chosen) + "\n"


def scripts(content: object) -> list[str]:
    """Return the commands of a CI server's YAML."""
    if isinstance(content, list):
        return [line for part in content for line in scripts(part)]
    if not isinstance(content, dict):
        return []
    found = []
    for key, value in content.items():
        if key in ("run", "script", "before_script"):
            found += [line for text in ([value] if isinstance(value, str) else value) for line in commands(text)]
        else:
            found += scripts(value)
    return found


def run_block(session: Session, block: Block, page: str) -> None:
    """Do what a block asks for."""
    if block.mark.startswith("not run: "):
        return
    if block.mark.startswith("file: "):
        Path(block.mark.removeprefix("file: ")).write_text(block.text, encoding="utf-8")
    elif block.language == "sh":
        for line in commands(block.text):
            session.sh(line)
    elif block.language == "python":
        session.python(block, page)
    read_block(session, block)


def read_block(session: Session, block: Block) -> None:
    """Read what is no command: JSON, a policy, the YAML of a CI server, whose commands must give a verdict."""
    if block.language == "json":
        json.loads(block.text)
    if block.language == "toml":
        file = session.folder / "policy-of-the-page.toml"
        file.write_text(block.text, encoding="utf-8")
        settings.load(file)
        file.unlink()
    for line in scripts(yaml.safe_load(block.text)) if block.language == "yaml" else ():
        if line.startswith("fairaudit "):
            assert session.run(line) in VERDICTS, line
        else:
            assert line.startswith("pip install "), line


def session(tmp: Path, text: str) -> Session:
    """Return a page's session in a new folder, with the sample and the files that the page takes as given."""
    work, tools = tmp / "work", tmp / "bin"
    tools.mkdir()
    (work / ".git").mkdir(parents=True)  # no policy of the outside applies
    shutil.copytree(ROOT / "sample_data", work / "sample_data", ignore=shutil.ignore_patterns("__pycache__"))
    for name, call in (("fairaudit", "-m fairaudit "), ("python", "")):
        (tools / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {call}"$@"\n', encoding="utf-8")
        (tools / name).chmod(0o755)
    given = re.search(r"<!-- given: (.+?) -->", text)
    for name in given[1].split() if given else ():
        give(work, name)
    return Session(work, tools)


def give(folder: Path, name: str) -> None:
    """Put a file into the folder: one of the sample's, or a third of its decisions under the name of a month."""
    months = ("april.csv", "may.csv", "june.csv")
    sample = ROOT / "sample_data"
    if name not in months:
        shutil.copy(sample / name, folder)
        return
    with (sample / "predictions.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows[months.index(name) :: len(months)]])
