"""What a command loads, so that no import slips into what has to start fast."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

HEAVY = (
    "datasets",
    "huggingface_hub",
    "jsonschema",
    "label_studio_sdk",
    "markdown_it",
    "numpy",
    "pandas",
    "py3langid",
    "pyarrow",
    "regex",
    "rensa",
    "vl_convert",
)
"""Libraries that take long to load, some tens of milliseconds or more."""

_CODE = """
import sys
from pactwire.cli.main import main
try:
    main()
except SystemExit as ended:
    if ended.code:
        raise
loaded = {name for name, module in sys.modules.items() if type(module).__name__ != "_LazyModule"}
packages = {name for name in loaded if name.startswith("pactwire") and hasattr(sys.modules[name], "__path__")}
print(*loaded - packages, file=sys.stderr)
"""


def modules_after(words: Sequence[str], environment: Mapping[str, str] | None = None) -> set[str]:
    """Return the modules that a command loads: not those that wait for their first use, nor our own packages."""
    command = [sys.executable, "-c", _CODE, *words]
    variables = {**os.environ, **(environment or {})}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stderr.splitlines()[-1].split())
