"""The server's way in: ``python app.py`` serves; other servers and ``flask`` import ``app``."""

import sys

from webapp import create_app
from webapp.config import BadSetting

if __name__ == "__main__":
    from webapp.listening import serve

    serve()
else:
    try:
        app = create_app()
    except BadSetting as error:
        sys.exit(f"belfry: {error}")
