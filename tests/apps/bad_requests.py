"""What clients send by mistake or on purpose."""

from typing import Any

from shop_client import ORDER


def line(**fields: Any) -> dict[str, Any]:
    return {**ORDER, "lines": [{"sku": "MUG-01", "quantity": 1, **fields}]}


# What the OpenAPI document refuses as well, and the field that is named.
MALFORMED: dict[str, tuple[Any, str]] = {
    "null": (None, "body"),
    "a list": ([], "body"),
    "a text": ("order", "body"),
    "a number": (7, "body"),
    "nothing in it": ({}, "lines"),
    "no lines": ({"payment_token": "ok"}, "lines"),
    "lines of null": ({**ORDER, "lines": None}, "lines"),
    "lines that are an object": ({**ORDER, "lines": {"sku": "MUG-01"}}, "lines"),
    "an empty list of lines": ({**ORDER, "lines": []}, "lines"),
    "twenty-one lines": ({**ORDER, "lines": [{"sku": f"S-{n}", "quantity": 1} for n in range(21)]}, "lines"),
    "a line that is a text": ({**ORDER, "lines": ["MUG-01"]}, "lines.0"),
    "a line without sku": ({**ORDER, "lines": [{"quantity": 1}]}, "lines.0.sku"),
    "a line without quantity": ({**ORDER, "lines": [{"sku": "MUG-01"}]}, "lines.0.quantity"),
    "a quantity of zero": (line(quantity=0), "lines.0.quantity"),
    "a negative quantity": (line(quantity=-1), "lines.0.quantity"),
    "a quantity of 21": (line(quantity=21), "lines.0.quantity"),
    "an enormous quantity": (line(quantity=10**40), "lines.0.quantity"),
    "half a piece": (line(quantity=1.5), "lines.0.quantity"),
    "a quantity that is a text": (line(quantity="1"), "lines.0.quantity"),
    "a quantity that is true": (line(quantity=True), "lines.0.quantity"),
    "a quantity of null": (line(quantity=None), "lines.0.quantity"),
    "a quantity that is a list": (line(quantity=[1]), "lines.0.quantity"),
    "a sku that is a number": (line(sku=1), "lines.0.sku"),
    "an empty sku": (line(sku=""), "lines.0.sku"),
    "a sku in lower case": (line(sku="mug-01"), "lines.0.sku"),
    "a sku of 33 characters": (line(sku="A" * 33), "lines.0.sku"),
    "a field of a line that is unknown": (line(price_minor=1), "lines.0.price_minor"),
    "a field that is unknown": ({**ORDER, "total_minor": 1}, "total_minor"),
    "a field with an endless name": ({**ORDER, "x" * 5000: 1}, "x" * 100),
    "no payment token": ({"lines": ORDER["lines"]}, "payment_token"),
    "an empty payment token": ({**ORDER, "payment_token": ""}, "payment_token"),
    "a payment token that is a number": ({**ORDER, "payment_token": 4242}, "payment_token"),
    "a payment token of 65 characters": ({**ORDER, "payment_token": "t" * 65}, "payment_token"),
}
UNREADABLE = {
    "nothing": b"",
    "no JSON": b"lines=MUG-01",
    "half an object": b'{"lines": [',
    "a trailing comma": b'{"lines": [],}',
    "bytes that are no UTF-8": b'{"lines": "\xff\xfe"}',
    "a lone surrogate": b'{"payment_token": "\xed\xa0\x80"}',
    "a thousand open brackets": b"[" * 1000,
    "not a number": b'{"lines": NaNs}',
}
BAD_KEYS = {
    "missing": None,
    "empty": "",
    "of 129 characters": "k" * 129,
    "of 10 kB": "k" * 10_000,
    "with a space": "a key",
    "with a line feed": "key\n",
    "with a control character": "key\x00",
    "beyond ASCII": "schlüssel",
}
BAD_CUSTOMERS = ["", "ann smith", "ann\n", "änn", "a" * 65, "../ann", "ann'--"]
BAD_LIMITS = ["0", "-1", "101", "9" * 400, "ten", "1.5", "", " 1", "1,2", "٣"]
BAD_PRODUCT_CURSORS = ["", "mug", "A" * 33, "A B", "SKU#MUG-01", "MUG-01\n", "x" * 5000]
ID = "01890a5d-ac96-774b-bcce-b302099a8057"
BAD_ORDER_CURSORS = [
    "",
    "yesterday",
    "2026-01-31T12:00:00.000Z",
    f"2026-01-31T12:00:00.000Z~{'x' * 36}",
    f"2026-01-31~{ID}",
    f"2026-01-31T12:00:00.000Z~{ID}~more",
    f"~{ID}",
    "x" * 5000,
]
BAD_ORDER_IDS = ["1", "ORDER", ID.upper(), ID[:-1], ID + "0", "x" * 5000, "ORDER%23", "äöü", "null"]
