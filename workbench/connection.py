"""HTTP clients, and what can be read from an address."""

from __future__ import annotations

import ipaddress

import httpx

__all__ = ["address_of", "is_loopback", "normalized", "open_client"]


def address_of(url: str) -> httpx.URL | None:
    """Read the address of a server; None where it is none, or holds a name and password.

    Example:
        >>> address_of("http://127.0.0.1:8321").host
        '127.0.0.1'
        >>> address_of("ftp://x") is None
        True
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return None
    usable = parsed.scheme in {"http", "https"} and parsed.host and not parsed.userinfo
    return parsed if usable else None


def normalized(url: str) -> str:
    """Bring an address to the one spelling under which it is compared and remembered.

    Args:
        url: The address; what is none is given back as it is.

    Example:
        >>> normalized("HTTPS://Workbench.Example.com:443/")
        'https://workbench.example.com'
    """
    address = address_of(url)
    if address is None:
        return url
    return str(httpx.URL(str(address))).rstrip("/")  # the default port goes only from a lower-case scheme


def open_client(address: httpx.URL, http: httpx.BaseTransport | None = None) -> httpx.Client:
    """Make an HTTP client; a server of this machine is never asked through a proxy of the environment.

    Args:
        address: Where the server is.
        http: What carries the requests; for tests.
    """
    local = is_loopback(address.host)
    if http is None and local and address.scheme == "http":
        # Nothing is to be verified, and reading the certificates would cost tens of milliseconds.
        http = httpx.HTTPTransport(verify=False)
    return httpx.Client(transport=http, trust_env=not local)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
