"""Make an environment of its own for each library that fairaudit is compared with.

Run as ``python benchmarks/peers/environments.py [LIBRARY ...]``. Each gets a folder under benchmarks/peers/environments
with the version named here; for one that cannot be installed the last line of pip's complaint is kept instead, and the
table quotes it.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import venv
from pathlib import Path

PLACE = Path(__file__).with_name("environments")
VERSIONS = {
    "fairlearn": "0.15.0",
    "aequitas": "1.1.0",
    "aif360": "0.6.1",
    "fairpipe": "0.12.0",
    "aedt-audit": "0.3.0",
}


def python(library: str) -> Path | None:
    """Return the Python of a library's environment; None where it was not made."""
    found = PLACE / library / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    return found if found.exists() else None


def complaint(library: str) -> str:
    """Return why there is no environment."""
    kept = PLACE / f"{library}.txt"
    return kept.read_text(encoding="utf-8").strip() if kept.exists() else "not installed: run peers/environments.py"


def make(library: str) -> str:
    """Make an environment and return what became of it."""
    folder, kept = PLACE / library, PLACE / f"{library}.txt"
    kept.unlink(missing_ok=True)
    venv.create(folder, with_pip=True, clear=True)
    wanted = [f"{library}=={VERSIONS[library]}", "pandas", "pyarrow"]
    command = [str(python(library)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own command
    if done.returncode == 0:
        return f"{library} {VERSIONS[library]}"
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")] or ["pip gave no reason"]
    shutil.rmtree(folder)
    kept.write_text(f"does not install: {errors[-1].removeprefix('ERROR: ')}\n", encoding="utf-8")
    return f"{library}: {complaint(library)}"


def main() -> None:
    """Make the environments asked for, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("libraries", nargs="*", choices=[*VERSIONS, []], help="all by default")
    options = parser.parse_args()
    PLACE.mkdir(exist_ok=True)
    for library in options.libraries or VERSIONS:
        print(make(library), flush=True)


if __name__ == "__main__":
    main()
