"""What clients send along with an event: nested JSON, in the languages of the people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from reportkit.sample.canonical import document
from reportkit.sample.scale import Scale
from reportkit.sample.subjects import SEGMENTS

VARIETY = 96
"""Different payloads for each kind of event and platform."""

DEVICES = {
    "web": ("Windows 11", "macOS 26", "Ubuntu 26.04"),
    "ios": ("iOS 26.1", "iOS 25.6"),
    "android": ("Android 16", "Android 15"),
}
SCREENS = {"web": [[1920, 1080], [2560, 1440]], "ios": [[393, 852], [430, 932]], "android": [[412, 915], [360, 800]]}
PAGES = ("/", "/search", "/cart", "/checkout", "/account", "/p/café-crème", "/p/東京", "/help?topic=returns&lang=de")
QUERIES = (
    "running shoes",
    "Öljy 5W-30",
    "חולצה כחולה",
    "قميص أزرق",
    "無印良品",
    'tv 55"',
    "c++ book",
    "100% cotton",
    "🎁",
)
PRODUCTS = ("A-1001", "B-2040", "C-0007", "K-880", "Ü-12", "茶-3")
COUPONS = (None, None, None, "WELCOME10", "夏セール", "-20%")
COMPLAINTS = (
    "Where is my parcel?",
    "Ich wurde doppelt belastet, 2 x 49,90 €!",
    'The app says "error"\nand then closes.',
    "لم يصلني الطلب",
    "注文をキャンセルしたい",
)
NOTES = (
    "",
    "called back, all fine",
    "Kunde möchte Rechnung per Post",
    "=same as yesterday",
    "- no answer -",
    "@kai please check",
    "+1",
    "très content 😀",
    "שילם במזומן",
    "已退款,请核对",
    'said: "never again"',
    "line one\nline two",
)


def _pick(rng: np.random.Generator, choices: Sequence[object]) -> object:
    return choices[int(rng.integers(len(choices)))]


def _basket(rng: np.random.Generator) -> dict[str, object]:
    items: list[object] = [
        {"sku": _pick(rng, PRODUCTS), "qty": int(rng.integers(1, 4)), "price": int(rng.integers(199, 9_999)) / 100}
        for _ in range(rng.integers(1, 4))
    ]
    return {"items": items, "coupon": _pick(rng, COUPONS), "offer": 2**53 + int(rng.integers(1, 2**40))}


EXTRAS: Mapping[str, Callable[[np.random.Generator], dict[str, object]]] = {
    "purchase": _basket,
    "refund": lambda rng: {"reason": _pick(rng, ("broken", "too late", "wrong size", None))},
    "search": lambda rng: {"query": _pick(rng, QUERIES), "results": int(rng.integers(0, 400))},
    "search_click": lambda rng: {"query": _pick(rng, QUERIES), "rank": int(rng.integers(1, 12))},
    "support_contact": lambda rng: {
        "message": _pick(rng, COMPLAINTS),
        "tags": ["support", _pick(rng, ("web", "phone"))],
    },
    "page_load": lambda rng: {"timing": {"dns": int(rng.integers(0, 60)), "ttfb": int(rng.integers(40, 400))}},
    "unsubscribe": lambda rng: {"reason": _pick(rng, ("too many messages", "not interested", "", None))},
    "push_open": lambda rng: {"campaign": f"reminder-{rng.integers(1, 9)}"},
}


@lru_cache(maxsize=64)
def payload_pools(scale: Scale, event_name: str) -> tuple[tuple[str, ...], ...]:
    """All payloads of one kind of event, as canonical JSON, for each of SEGMENTS."""
    rng = scale.generator("payloads", event_name)
    return tuple(tuple(_payload(rng, event_name, segment) for _ in range(VARIETY)) for segment in SEGMENTS)


def _payload(rng: np.random.Generator, event_name: str, segment: str) -> str:
    device = {
        "os": _pick(rng, DEVICES[segment]),
        "dark": bool(rng.random() < 0.4),
        "screen": _pick(rng, SCREENS[segment]),
    }
    app = f"4.{rng.integers(8, 14)}.{rng.integers(0, 5)}"
    extra = EXTRAS[event_name](rng) if event_name in EXTRAS else {}
    return document({"app": app, "page": _pick(rng, PAGES), "device": device} | extra)
