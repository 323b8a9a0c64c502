"""Where things lie in a checkout."""

from pathlib import Path

from local.trouble import CannotRun

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
SERVICE = ROOT / ".venv"
MODELS = ROOT / ".models-venv"
REQUIREMENTS = ROOT / "requirements"
SHIPPED_MODELS = ROOT / "inference" / "models"
DATA = ROOT / ".local"


def packages(environment: Path) -> Path:
    """The site-packages of an environment, found by path: the launcher itself runs outside of it."""
    return next(environment.glob("lib/python3.*/site-packages"), environment / "lib" / "python3" / "site-packages")


def absolute(path: str) -> Path:
    """With `~` as the shell reads it; raises CannotRun for the home of an unknown user."""
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError as error:
        raise CannotRun(f"{path!r} names the home of a user who is not known here: write the whole path.") from error
