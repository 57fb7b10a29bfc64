"""The peers of this proxy and how each is told to forward, or to forward and mirror. Pure: starts nothing.

Every peer gets one worker, keep-alive on both sides, no access log and no limit that the load could reach; nothing
else is tuned. What a peer does by default beside forwarding it may do.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.load import BODY
from benchmarks.stubs import ANSWER_BODY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATH = "/v1/x"
CHAT = "/v1/chat/completions"
CHAT_BODY = json.dumps({"model": "legacy", "messages": [{"role": "user", "content": "a" * 420}]}).encode()
CHAT_ANSWER = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "stub",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "b" * 120}, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
)
ENDLESS = 1_000_000_000
"""Requests a connection may carry."""
LONG = 600
"""Seconds a mirrored request may take: longer than any measurement."""
AT_ONCE = 100_000
"""Requests that may be under way."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a peer listens, where its two upstreams are, and the folder it may write to."""

    port: int
    legacy: int
    model: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Peer:
    """A proxy to be measured: its name in the table, its program, its file, its command, and what it is asked."""

    name: str
    program: str
    file: str
    text: Callable[[Place], str]
    words: tuple[str, ...]
    path: str = PATH
    body: bytes = BODY
    mirrors: bool = False
    environ: tuple[tuple[str, str], ...] = ()

    def command(self, program: str, place: Place) -> list[str]:
        """Give the command that runs it in the foreground."""
        names = {"file": str(place.folder / self.file), "folder": str(place.folder), "port": str(place.port)}
        return [program, *(word.format(**names) for word in self.words)]


# --- nginx


def _nginx(folder: Path, http: str) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "\n".join(f"    {kind}_temp_path {folder}/{kind};" for kind in kinds)
    return f"""\
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 16384; }}
http {{
    access_log off;
    default_type application/json;
    keepalive_requests {ENDLESS};
    client_body_buffer_size 64k;
{places}
{http}
}}
"""


def nginx_stub(place: Place, status: int) -> str:
    """Answer for legacy and for the model, to any client, and count all requests at the port `status`."""
    servers = "\n".join(
        f"    server {{ listen 127.0.0.1:{port} backlog=1024;"
        f" location / {{ return 200 '{ANSWER_BODY.decode()}'; }}"
        f" location {CHAT} {{ return 200 '{CHAT_ANSWER}'; }} }}"
        for port in (place.legacy, place.model)
    )
    counts = f"    server {{ listen 127.0.0.1:{status}; location / {{ stub_status; }} }}"
    return _nginx(place.folder, f"{servers}\n{counts}")


def nginx(place: Place, *, mirror: bool) -> str:
    """Forward, and with `mirror` send a copy to the model."""
    upstreams = "\n".join(
        f"    upstream {name} {{ server 127.0.0.1:{port}; keepalive 256; keepalive_requests {ENDLESS}; }}"
        for name, port in (("legacy", place.legacy), ("model", place.model))
    )
    keep = 'proxy_http_version 1.1; proxy_set_header Connection "";'
    copying = "mirror /m; mirror_request_body on;" if mirror else ""
    copy = f"location = /m {{ internal; proxy_pass http://model$request_uri; {keep} }}" if mirror else ""
    return _nginx(
        place.folder,
        f"""\
{upstreams}
    server {{
        listen 127.0.0.1:{place.port} backlog=1024;
        location / {{ {copying} proxy_pass http://legacy; {keep} }}
        {copy}
    }}""",
    )


# --- Envoy


def envoy(place: Place, *, mirror: bool) -> str:
    """Forward, and with `mirror` send a copy to the model."""
    route: dict[str, Any] = {"cluster": "legacy", "timeout": f"{LONG}s"}
    if mirror:
        route["request_mirror_policies"] = [{"cluster": "model"}]
    return json.dumps(
        {
            "static_resources": {
                "listeners": [
                    {"address": _envoy_address(place.port), "filter_chains": [_envoy_chain(route)]}
                ],
                "clusters": [
                    _envoy_cluster("legacy", place.legacy),
                    _envoy_cluster("model", place.model),
                ],
            }
        },
        indent=1,
    )


def _envoy_address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _envoy_chain(route: dict[str, Any]) -> dict[str, Any]:
    kinds = "type.googleapis.com/envoy.extensions.filters"
    manager = {
        "@type": f"{kinds}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "front",
        "route_config": {
            "virtual_hosts": [
                {"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": route}]}
            ]
        },
        "http_filters": [
            {"name": "envoy.filters.http.router", "typed_config": {"@type": f"{kinds}.http.router.v3.Router"}}
        ],
    }
    return {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}


def _envoy_cluster(name: str, port: int) -> dict[str, Any]:
    limits = dict.fromkeys(("max_connections", "max_pending_requests", "max_requests"), AT_ONCE)
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "5s",
        "circuit_breakers": {"thresholds": [limits]},
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _envoy_address(port)}}]}],
        },
    }


# --- the others


def haproxy(place: Place) -> str:
    """Forward."""
    return f"""\
global
    nbthread 1
    maxconn 4096
defaults
    mode http
    http-reuse always
    timeout connect 5s
    timeout client {LONG}s
    timeout server {LONG}s
listen front
    bind 127.0.0.1:{place.port} backlog 1024
    server legacy 127.0.0.1:{place.legacy}
"""


def litellm(place: Place) -> str:
    """Forward a chat, and send it to the silent model."""

    def model(name: str, port: int, **more: str) -> dict[str, Any]:
        where = {"api_base": f"http://127.0.0.1:{port}/v1", "api_key": "none", **more}
        return {"model_name": name, "litellm_params": {"model": f"openai/{name}", **where}}

    models = [model("legacy", place.legacy, silent_model="candidate"), model("candidate", place.model)]
    unguarded = {"dangerously_permit_weak_or_unset_master_key": True}  # as the other peers are: on loopback
    return json.dumps({"model_list": models, "general_settings": unguarded}, indent=1)


def shadow(place: Place, *, phase: str) -> str:
    """Forward in phase `off`; in phase `shadow` call the model as well, and record both answers."""
    never = {"failures": ENDLESS, "within": "1s", "cool_down": "1s"}
    model = {"timeout": f"{LONG}s", "max_in_flight": AT_ONCE, "breaker": never}
    route = {"match": {"path": PATH}, "model": "m", "compare": [{"use": "json"}], "rollout": {"phase": phase}}
    return json.dumps(
        {
            "listen": {"port": place.port, "drain": "0s", "shed_above": 1.0},
            "store": "sqlite:///shadow.db",
            "legacy": {"url": f"http://127.0.0.1:{place.legacy}", "max_connections": AT_ONCE},
            "models": {"m": {"adapter": "passthrough", "url": f"http://127.0.0.1:{place.model}", **model}},
            "routes": {"x": route},
        },
        indent=1,
    )


_NGINX = ("-p", "{folder}", "-c", "{file}")
_ENVOY = ("-c", "{file}", "--concurrency", "1", "--disable-hot-restart", "--log-level", "error")
_SHADOW = ("-m", "shadow", "proxy", "-c", "{file}")

NGINX_MIRROR = Peer(
    "nginx `mirror`", "nginx", "nginx.conf", partial(nginx, mirror=True), _NGINX, mirrors=True
)
ENVOY_MIRROR = Peer(
    "Envoy `request_mirror_policies`",
    "envoy",
    "envoy.json",
    partial(envoy, mirror=True),
    _ENVOY,
    mirrors=True,
)
NGINX = Peer("nginx, forward only", "nginx", "nginx.conf", partial(nginx, mirror=False), _NGINX)
ENVOY = Peer("Envoy, forward only", "envoy", "envoy.json", partial(envoy, mirror=False), _ENVOY)
HAPROXY = Peer("HAProxy, forward only", "haproxy", "haproxy.cfg", haproxy, ("-db", "-f", "{file}"))
LITELLM = Peer(
    "LiteLLM `silent_model`",
    "litellm",
    "litellm.yaml",
    litellm,
    ("--config", "{file}", "--host", "127.0.0.1", "--port", "{port}"),
    path=CHAT,
    body=CHAT_BODY,
    mirrors=True,
    environ=(("LITELLM_LOCAL_MODEL_COST_MAP", "True"),),  # it asks the internet for prices otherwise
)
OFF = Peer("this proxy, phase `off`", sys.executable, "shadow.yaml", partial(shadow, phase="off"), _SHADOW)
SHADOW = Peer(
    "this proxy, phase `shadow`",
    sys.executable,
    "shadow.yaml",
    partial(shadow, phase="shadow"),
    _SHADOW,
    mirrors=True,
)

PEERS = (NGINX_MIRROR, ENVOY_MIRROR, NGINX, ENVOY, HAPROXY, LITELLM, OFF, SHADOW)
