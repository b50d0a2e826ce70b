"""Fetch the browser's files into static/vendor/: htmx, Bootstrap with Popper, and the whole icon sprite.

They travel in two Python wheels, pinned by hash in browser.lock, so that one package index and one tool (pip)
serve everything. The wheels are unpacked here and never installed. Only the standard library is used.
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / ".ci" / "browser.lock"
KEPT = ROOT / ".venv" / "browser"
VENDOR = ROOT / "static" / "vendor"

NOTICES = """\
htmx 2: Zero-Clause BSD, Big Sky Software, https://github.com/bigskysoftware/htmx
Bootstrap 5 and Bootstrap Icons: MIT, The Bootstrap Authors, https://github.com/twbs
Popper 2: MIT, Federico Zivolo, https://github.com/floating-ui/floating-ui
The licences of the two wheels that carried these files follow.
"""


def main() -> None:
    """Download, unpack, and list what there is; the list comes last, so its being there says that all is."""
    wheels = [ZipFile(path) for path in downloaded()]
    htmx = member(wheels, "django_htmx/htmx-2.min.js")
    popper = member(wheels, "bootstrap5/umd/popper.min.js")
    bootstrap = member(wheels, "bootstrap5/js/bootstrap.min.js")
    css = member(wheels, "bootstrap5/css/bootstrap.min.css")
    files = {
        "htmx.min.js": htmx,
        "bootstrap.bundle.min.js": without_source_map(popper) + "\n" + without_source_map(bootstrap),
        "bootstrap.min.css": with_automatic_dark(without_source_map(css)),
    }
    for name, text in files.items():
        write(VENDOR / name, text)
    write(VENDOR / "LICENSES.txt", licences(wheels))
    write(VENDOR / "bootstrap-icons.all.svg", member(wheels, "bootstrap5/icons/bootstrap-icons.svg"))
    write(VENDOR / "manifest.json", json.dumps({name: integrity(files[name]) for name in files}, indent=2) + "\n")


def downloaded() -> list[Path]:
    """Return the pinned wheels; pip checks their hashes, here as at every install."""
    options = ["-qq", "--disable-pip-version-check", "--no-input", "--no-deps", "--require-hashes"]
    command = [sys.executable, "-m", "pip", "download", *options, "--requirement", LOCK, "--dest", KEPT]
    if subprocess.run(command, check=False).returncode:
        sys.exit(
            "Belfry could not fetch its browser files (pip's reason is above). Is this machine online? "
            "Run the same make again once it is."
        )
    pinned = re.findall(r"^(\S+)==(\S+)", LOCK.read_text(), re.MULTILINE)
    return [next(KEPT.glob(f"{name.replace('-', '_')}-{version}-*.whl")) for name, version in pinned]


def member(wheels: list[ZipFile], ending: str) -> str:
    """Return the one file whose path in the wheels ends like this."""
    [(wheel, name)] = [(wheel, name) for wheel in wheels for name in wheel.namelist() if name.endswith(ending)]
    return wheel.read(name).decode()


def without_source_map(text: str) -> str:
    """Drop the pointer to a map that is not served: every open developer tool would ask for it, and get a 404."""
    return re.sub(r"\s*(//#|/\*#) sourceMappingURL=.*\s*$", "\n", text)


def with_automatic_dark(css: str) -> str:
    """Say Bootstrap's dark rules once more for a reader whose system is dark and who has chosen no theme.

    Bootstrap itself knows only the attribute, which a script would have to set: the first paint would be white.
    """
    rules = re.findall(r"(?<=\})\[data-bs-theme=dark\][^{}]*\{[^{}]*\}", css)
    automatic = "".join(rules).replace("[data-bs-theme=dark]", ":root:not([data-bs-theme])")
    return f"{css}@media (prefers-color-scheme:dark){{{automatic}}}\n"


def licences(wheels: list[ZipFile]) -> str:
    """Return the notices, then every licence file in the wheels."""
    names = [(wheel, name) for wheel in wheels for name in wheel.namelist() if name.endswith("licenses/LICENSE")]
    return "\n".join([NOTICES, *(f"--- {name}\n\n{wheel.read(name).decode()}" for wheel, name in names)])


def integrity(text: str) -> str:
    """Return what goes into a tag's integrity attribute."""
    return "sha384-" + base64.b64encode(hashlib.sha384(text.encode()).digest()).decode()


def write(path: Path, text: str) -> None:
    """Put a file in place whole, so that a server running beside us never reads half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


if __name__ == "__main__":
    main()
