"""The `zhujiao` command: it only puts the folders' commands together."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from ui.command import run  # nothing heavy is imported before the environment is prepared

    run()


if __name__ == "__main__":
    main()
