"""Says which extra is missing, in place of an import error."""

from importlib.util import find_spec

from lgescar.core.errors import UsageError


def needs(module: str, extra: str) -> None:
    """Raise UsageError with the install command unless ``module`` is installed."""
    if find_spec(module) is None:
        raise UsageError(
            f"this verb needs {module}; install it with: pip install 'lgescar[{extra}]'"
        )
