"""The `zhujiao` command: it only puts the folders' commands together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def command_line() -> typer.Typer:
    """Return the whole command line; what a command needs is imported when it runs."""
    from eval.command import eval_app
    from ui.command import app

    app.add_typer(eval_app, name="eval")
    return app


def main() -> None:
    """Run the command line."""
    from ui.command import run  # nothing heavy is imported before the environment is prepared

    command_line()
    run()


if __name__ == "__main__":
    main()
