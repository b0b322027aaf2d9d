"""Read the file that names the pipelines which ask by webhooks; their secrets lie in files of their own."""

import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from observatory.errors import BadSettings, phrase
from observatory.publish.gate.github import GitHubApp
from observatory.publish.gate.gitlab import GitLabProject

SECRET_BYTES_MIN, SECRET_BYTES_MAX = 16, 1 << 14


@dataclass(frozen=True, slots=True)
class GateHooks:
    """Who may ask by a webhook."""

    github: tuple[GitHubApp, ...] = ()
    gitlab: tuple[GitLabProject, ...] = ()


def read_hooks(path: Path | None) -> GateHooks:
    """Return what a file says, nothing without one. Raises BadSettings."""
    if path is None:
        return GateHooks()
    try:
        return _hooks(tomllib.loads(path.read_text(encoding="utf-8")), path.parent)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadSettings(
            phrase("cannot use %(path)s, the file of OBSERVATORY_GATE_HOOKS: %(error)s"),
            phrase("write it as the README says"),
            path=path,
            error=error,
        ) from None


def _hooks(told: dict[str, Any], folder: Path) -> GateHooks:
    github = tuple(_github(each, folder) for each in told.pop("github", ()))
    gitlab = tuple(_gitlab(each, folder) for each in told.pop("gitlab", ()))
    if told:
        raise ValueError(f"{', '.join(told)} means nothing; it knows github and gitlab")
    return GateHooks(github, gitlab)


def _github(table: dict[str, Any], folder: Path) -> GitHubApp:
    secret, key = _secret(folder / table.pop("secret_file")), load_pem_private_key(_secret(folder / table.pop("key_file")), None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the key of a GitHub App is an RSA key")  # noqa: TRY004 - of a file
    return GitHubApp(secret=secret, key=key, **_texts(table))


def _gitlab(table: dict[str, Any], folder: Path) -> GitLabProject:
    secret, token = _secret(folder / table.pop("secret_file")), _secret(folder / table.pop("token_file"))
    return GitLabProject(secret=secret, token=token.decode("ascii"), **_texts(table))


def _texts(table: dict[str, Any]) -> dict[str, str]:
    """Return the other keys; addresses without a slash at their end, https alone but on this host."""
    if not all(isinstance(value, str) for value in table.values()):
        raise ValueError("every key is a text in quotes")
    if "api" in table:
        table["api"] = table["api"].rstrip("/")
        if not table["api"].startswith(("https://", "http://127.0.0.1:")):
            raise ValueError("api is an https address")
    return table


def _secret(path: Path) -> bytes:
    """Return what a file holds, without the end of its line. Raises ValueError for one that others may read, or that is too short."""
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ValueError(f"{path} can be read by others: chmod 600")
    content = path.read_bytes()[: SECRET_BYTES_MAX + 1].strip()
    if not SECRET_BYTES_MIN <= len(content) <= SECRET_BYTES_MAX:
        raise ValueError(f"{path} has {len(content)} bytes: {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} make a secret")
    return content
