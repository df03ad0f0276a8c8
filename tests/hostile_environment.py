"""A user's environment in which no AWS client works, and a proxy that notes who comes to it."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAGE = b"<html><body>Blocked by policy</body></html>"


class _Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        self.seen: list[str] = []
        super().__init__(("127.0.0.1", 0), _Refuse)


class _Refuse(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.server.seen.append(self.rfile.readline().decode("latin-1"))
        length = 0
        while line := self.rfile.readline().strip().lower():
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        self.rfile.read(length)
        head = f"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: {len(PAGE)}\r\n"
        self.wfile.write(f"{head}Connection: close\r\n\r\n".encode() + PAGE)


@contextmanager
def refusing_proxy() -> Iterator[tuple[str, list[str]]]:
    """Run a proxy that refuses every request; its address, and the first line of each request."""
    with _Proxy() as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_address[1]}", proxy.seen
        proxy.shutdown()


def hostile_environment(folder: Path, proxy: str) -> dict[str, str]:
    """Return variables of which each alone keeps an AWS client, numba or Python from working as it should."""
    broken = folder / "broken_config"
    broken.write_text("[default\nregion = x\n")
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return {
        **{spelled: proxy for name in proxies for spelled in (name, name.lower())},
        "NO_PROXY": "localhost",
        "AWS_PROFILE": "missing",
        "AWS_DEFAULT_PROFILE": "missing",
        "AWS_CONFIG_FILE": str(broken),
        "AWS_SHARED_CREDENTIALS_FILE": str(broken),
        "AWS_ACCESS_KEY_ID": "bogus",
        "AWS_SECRET_ACCESS_KEY": "bogus",
        "AWS_SESSION_TOKEN": "bogus",
        "AWS_SECURITY_TOKEN": "bogus",
        "AWS_CREDENTIAL_EXPIRATION": "2001-01-01T00:00:00Z",
        "AWS_REGION": "mars-1",
        "AWS_DEFAULT_REGION": "mars 2",
        "AWS_ENDPOINT_URL": proxy,
        "AWS_ENDPOINT_URL_S3": proxy,
        "AWS_ENDPOINT_URL_DYNAMODB": "no address",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_CA_BUNDLE": "/nowhere",
        "AWS_DATA_PATH": "/nowhere",
        "AWS_RETRY_MODE": "nonsense",
        "AWS_MAX_ATTEMPTS": "nonsense",
        "AWS_DEFAULTS_MODE": "nonsense",
        "AWS_STS_REGIONAL_ENDPOINTS": "nonsense",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "nonsense",
        "AWS_REQUEST_CHECKSUM_CALCULATION": "nonsense",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "nonsense",
        "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES": "nonsense",
        "AWS_SDK_UA_APP_ID": "not a name" * 10,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": proxy,
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": proxy,
        "NUMBA_DISABLE_JIT": "1",
        "NUMBA_NUM_THREADS": "0",
        "PYTHONOPTIMIZE": "2",
        "NODE_OPTIONS": "--no-such-option",
        "CDK_OUTDIR": "/nowhere",
    }
