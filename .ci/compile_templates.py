"""Compile the templates that have changed, as compileall does with Python, for whoever may only read them."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from webapp import create_app
from webapp.config import Settings


def main() -> None:
    """Look at each once, and keep what comes of it wherever that can be written."""
    sys.dont_write_bytecode = False
    with TemporaryDirectory() as instance:
        templates = create_app(Settings.read({"BELFRY_INSTANCE": instance})).jinja_env
        for name in templates.list_templates(extensions=["html"]):
            templates.get_template(name)


if __name__ == "__main__":
    main()
