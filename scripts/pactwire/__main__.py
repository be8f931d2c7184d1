"""The command ``pactwire``, also as ``python -m pactwire``: one command line in a process of its own."""

from pactwire.cli import interrupts


def _run_command_line() -> None:
    from pactwire.cli import main as command_line  # takes time, which an interrupt may fall into

    command_line.main()


def main() -> None:
    """Run the command line; Ctrl-C ends it with one line and exit code 130."""
    interrupts.run_command(_run_command_line)


if __name__ == "__main__":
    main()
