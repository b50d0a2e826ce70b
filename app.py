"""The server's way in: ``python app.py`` serves; other servers and ``flask`` import ``app``."""

from webapp import create_app

if __name__ == "__main__":
    from webapp.serving import serve

    serve()
else:
    app = create_app()
