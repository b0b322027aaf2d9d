"""Read the environment, the one place that does: OBSERVATORY_* variables become frozen settings, unknown names are refused."""

import ipaddress
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from observatory.errors import BadSettings

PREFIX = "OBSERVATORY_"
VANTAGE_LENGTH_MAX = 64
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Settings(BaseSettings):
    """How one process runs. Every field is the environment variable OBSERVATORY_<NAME>; README lists them."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data: Path = Field(default=Path("var"), description="Folder that holds everything the observatory keeps.")
    key_file: str = Field(default="", description="File outside the folder with the key that seals secrets and signs the log.")
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on.")
    threads: int = Field(
        default=128,
        ge=2,
        le=256,
        description="Requests worked on at once: three quarters large bodies, an eighth pages; at least one for each purpose. "
        "Small telemetry takes none.",
    )
    body_bytes_max: int = Field(default=16 << 20, ge=1 << 10, le=64 << 20, description="Largest telemetry body after decompression.")
    queue_bytes_max: int = Field(
        default=64 << 20,
        ge=1 << 20,
        le=1 << 30,
        description="Bytes of bodies received at once, and of counters that wait for the committer; over it, 503.",
    )
    commit_window_ms: int = Field(
        default=0, ge=0, le=1000, description="How long the committer waits for more before a commit; what comes during one is the next."
    )
    token_bytes_a_day: int = Field(
        default=100 << 30,
        ge=0,
        le=1 << 50,
        description="Bytes of bodies, inflated, that each token may send in a day (UTC); over it, 503; 0: any.",
    )
    minutes_kept_days: int = Field(default=14, ge=4, le=400, description="How long minute rows are kept once their day is judged.")
    strips_kept_days: int = Field(default=400, ge=100, le=4000, description="How long the minutes of a day are kept in its strip.")
    otlp_endpoint: str = Field(default="", description="Where the observatory sends its own traces (OTLP/HTTP); empty: nowhere.")
    proxies: str = Field(
        default="",
        description="Addresses or networks of the proxies before it, by commas: those are believed when they name a client. "
        "Empty: loopback, and what comes from there without a forwarding header counts as this host itself.",
    )
    public_url: str = Field(default="", description="Address citizens use, for absolute links; empty: as the request came in.")
    oidc_issuer: str = Field(
        default="", description="Provider of single sign-on (OpenID Connect), exactly as it writes itself; empty: none."
    )
    oidc_client_id: str = Field(default="", validate_default=True, description="How that provider names the observatory.")
    oidc_client_secret_file: str = Field(
        default="", description="File whose first line proves the observatory to that provider; empty: PKCE alone does."
    )
    prober: bool = Field(default=True, description="Check the menus whose catalogue names an address to check.")
    vantage: str = Field(
        default="observatory", min_length=1, max_length=VANTAGE_LENGTH_MAX, description="Name of the place those checks are made from."
    )
    canaries: str = Field(
        default="",
        description="Addresses (URLs) by commas that are known to answer: while most of them do not, checks are not kept. Empty: none.",
    )
    probe_ports: str = Field(default="80,443,8080,8443", description="Ports that checks may go to, by commas.")
    probe_networks: str = Field(
        default="", description="Networks by commas, not public ones, that checks may go to all the same. Empty: public addresses only."
    )
    log_policy: str = Field(
        default="", description="File that says who must have cosigned the public log (C2SP tlog-policy). Empty: nobody."
    )
    gate_hooks: str = Field(default="", description="File that names the pipelines which ask the gate by webhooks. Empty: none.")
    demonstration: bool = Field(default=False, description="Show on every page that the data are made up.")

    @field_validator("proxies", "probe_networks")
    @classmethod
    def _check_networks(cls, text: str) -> str:
        networks_of(text)
        return text

    @field_validator("probe_networks")
    @classmethod
    def _check_exceptions(cls, text: str) -> str:
        if any(network.prefixlen == 0 for network in networks_of(text)):
            raise ValueError("everything is no exception; name the networks")
        return text

    @field_validator("probe_ports")
    @classmethod
    def _check_ports(cls, text: str) -> str:
        if not all(1 <= port <= 65535 for port in ports_of(text)):
            raise ValueError("ports are 1 to 65535")
        return text

    @field_validator("canaries")
    @classmethod
    def _check_urls(cls, text: str) -> str:
        if not all(url.startswith(("http://", "https://")) for url in _listed(text)):
            raise ValueError("canaries are http or https addresses")
        return text

    @field_validator("oidc_issuer")
    @classmethod
    def _check_issuer(cls, text: str) -> str:
        if text and not is_encrypted_or_local(text):
            raise ValueError("an issuer is an https address, or http on this very machine")
        return text

    @field_validator("oidc_client_id")
    @classmethod
    def _check_client(cls, text: str, info: ValidationInfo) -> str:
        if bool(text) != bool(info.data.get("oidc_issuer")):
            raise ValueError("it goes together with OBSERVATORY_OIDC_ISSUER")
        return text

    @field_validator("vantage")
    @classmethod
    def _check_name(cls, text: str) -> str:
        if not text.isprintable():
            raise ValueError("a vantage has a printable name")
        return text

    @property
    def outside_key(self) -> Path | None:
        """The file of `key_file`, None without one."""
        return Path(self.key_file) if self.key_file else None

    def oidc_client_secret(self) -> str:
        """Return the first line of `oidc_client_secret_file`, nothing without one. Raises BadSettings for one that cannot be read."""
        try:
            text = Path(self.oidc_client_secret_file).read_text(encoding="utf-8") if self.oidc_client_secret_file else ""
        except (OSError, UnicodeDecodeError) as error:
            message = f"cannot read OBSERVATORY_OIDC_CLIENT_SECRET_FILE {self.oidc_client_secret_file}: {error}"
            raise BadSettings(message, "name the file with the secret that the provider gave") from None
        return text.partition("\n")[0].strip()

    @property
    def gate_hooks_file(self) -> Path | None:
        """The file of `gate_hooks`, None without one."""
        return Path(self.gate_hooks) if self.gate_hooks else None

    @property
    def proxy_networks(self) -> tuple[Network, ...]:
        """The networks of `proxies`."""
        return networks_of(self.proxies)

    @property
    def probe_networks_allowed(self) -> tuple[Network, ...]:
        """The networks of `probe_networks`."""
        return networks_of(self.probe_networks)

    @property
    def probe_ports_allowed(self) -> frozenset[int]:
        """The ports of `probe_ports`."""
        return ports_of(self.probe_ports)

    @property
    def canary_urls(self) -> tuple[str, ...]:
        """The addresses of `canaries`."""
        return tuple(_listed(self.canaries))


def networks_of(text: str) -> tuple[Network, ...]:
    """Return the networks that a list such as `127.0.0.1, 10.1.0.0/16` names. Raises ValueError."""
    return tuple(ipaddress.ip_network(part) for part in _listed(text))


def ports_of(text: str) -> frozenset[int]:
    """Return the ports that a list such as `80, 443` names. Raises ValueError."""
    return frozenset(int(part) for part in _listed(text))


def is_encrypted_or_local(url: str) -> bool:
    """Return whether what is sent to an address is read by nobody between: https, or http on this very machine. Raises ValueError."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"))
    )


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def read_settings(**overrides: Any) -> Settings:
    """Return the settings of this process; `overrides` (from the command line) win, None means not given.

    Raises BadSettings for an unknown OBSERVATORY_* name or a value out of range.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name not in known)
    if unknown:
        raise BadSettings(f"cannot read setting {unknown[0]}: no such name", f"the known ones are {', '.join(sorted(known))}")
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
        raise BadSettings(f"cannot use setting {name}: {first['msg'].lower()}", "README lists every setting with its range") from None


def tell_libraries(settings: Settings) -> None:
    """Tell numba, before it is imported, to keep machine code in the data folder where it cannot be kept beside the package."""
    if not os.access(Path(__file__).parent, os.W_OK):
        os.environ.setdefault("NUMBA_CACHE_DIR", str(settings.data.resolve() / "kernels"))


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment for a child process that shall run with exactly these settings."""
    named = {PREFIX + name.upper(): str(value) for name, value in settings.model_dump(mode="json").items()}
    return {**os.environ, **named}
