"""`reportkit ...`: one module per command. Commands parse, call the toolkit, and print.

To add one: a module with a click command, and its name in COMMANDS.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType

import click

from reportkit import __version__
from reportkit.errors import BadRequest, BadSettings, ReportkitError

COMMANDS = {
    "demo": "Make everything once, on a sample: five datasets in three formats, and a report.",
    "sample": "Load the sample warehouse into SQLite or PostgreSQL.",
    "datasets": "List the datasets, or describe one.",
    "export": "Write one dataset to a file.",
    "report": "Run a notebook and render it as PDF or HTML.",
    "notebooks": "List the report notebooks, or describe one.",
    "new": "Write a report notebook to start from.",
    "compare": "Say which figures moved between two runs of a report.",
    "verify": "Check that a file is as its signed manifest says.",
    "doctor": "Show what is set up, what is missing and how to mend it.",
}


class Commands(click.Group):
    """Loads a command's module only when it is used, so that `--help` is instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"reportkit.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="reportkit")
def cli() -> None:
    """Exact exports and typeset notebook reports for experimentation platforms.

    Start with `reportkit demo --once`. Settings are environment variables (REPORTKIT_...) or lines of
    reportkit.toml; with none, everything works in ./.reportkit/. See them with `reportkit doctor`.
    """


def main() -> None:
    """Exit code 0: done; 1: it failed or was stopped; 2: it was asked for wrongly."""
    for sent in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(sent) is not signal.SIG_IGN:  # as under nohup
            signal.signal(sent, _terminate)
    try:
        code = cli.main(standalone_mode=False)
        if sys.stdout is not None:  # closed, as under some daemons
            sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        code = 2
    except (BadRequest, BadSettings) as error:
        code = _say(error, 2)
    except ReportkitError as error:
        code = _say(error, 1)
    except (KeyboardInterrupt, click.Abort):
        click.echo("stopped", err=True)
        code = 1
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python tries once more, and complains
        code = _say(f"cannot use {error.filename or 'standard output or the directory'}: {error.strerror}", 1)
    except Exception as error:
        code = _say(_fault(error), 1)
    sys.exit(code)


def _say(error: ReportkitError | str, code: int) -> int:
    click.echo(f"{click.style('error:', fg='red')} {error}", err=True)
    return code


def _fault(error: Exception) -> str:
    """The last resort: one sentence for people, the traceback for whoever mends it."""
    from reportkit.settings import Settings

    said = f"{type(error).__name__}: {error}; this is a fault of reportkit's, please report it"
    try:
        log = Path(Settings.load(os.environ, Path.cwd()).home) / "logs" / "cli.log"
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        log.touch(mode=0o600)
        with log.open("a", encoding="utf-8") as file:
            traceback.print_exception(error, file=file)
    except (ReportkitError, OSError):
        return said
    return f"{said} with {log}"


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
