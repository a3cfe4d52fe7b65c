# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Secrets of a state file at rest, in the form that Pulumi's passphrase provider writes.

The format is that of https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/config/crypt.go: a key of
PBKDF2-SHA256 with 1,000,000 rounds over an 8-byte salt, AES-256-GCM with a 12-byte nonce, `v1:<nonce>:<text and tag>`.
The stack's salt is `v1:<salt>:<"pulumi" encrypted>`, so that a wrong passphrase is recognised.
"""

import base64
import functools
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from engine.errors import StateCorruptError, WrongPassphraseError
from engine.wire import SECRET, SIGNATURE, signature, unwrap

ROUNDS = 1_000_000
KEY_BYTES = 32
SALT_BYTES = 8
NONCE_BYTES = 12
PROBE = "pulumi"


class Crypter:
    """Seals and opens a stack's secrets; an unchanged secret keeps its ciphertext, so that state files do not churn."""

    def __init__(self, passphrase: str, salt: str | None = None) -> None:
        """Derive the key for a stack.

        Args:
            passphrase: The user's passphrase.
            salt: The stack's salt with its probe; None makes a new one when it is needed.

        Raises:
            WrongPassphraseError: the passphrase does not open the probe.
            StateCorruptError: the salt has another form.
        """
        self._sealed: dict[str, str] = {}
        self._passphrase = passphrase
        if salt is None:
            self._raw = os.urandom(SALT_BYTES)
            return
        parts = salt.split(":", 2)
        if len(parts) != 3 or parts[0] != "v1":
            msg = "the state's encryption salt is not in Pulumi's form (v1:<salt>:<probe>)"
            raise StateCorruptError(msg)
        self._raw = base64.b64decode(parts[1])
        if self.decrypt(parts[2]) != PROBE:
            msg = "the state's encryption probe is not Pulumi's"
            raise StateCorruptError(msg)

    @property
    def salt(self) -> str:
        """The stack's salt with its probe."""
        return f"v1:{base64.b64encode(self._raw).decode()}:{self.encrypt(PROBE)}"

    def encrypt(self, text: str) -> str:
        """The ciphertext of a text."""
        if text not in self._sealed:
            nonce = os.urandom(NONCE_BYTES)
            sealed = self._cipher.encrypt(nonce, text.encode(), None)
            self._sealed[text] = f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"
        return self._sealed[text]

    def decrypt(self, sealed: str) -> str:
        """The text behind a ciphertext.

        Raises:
            WrongPassphraseError: the key does not open it.
            StateCorruptError: it has another form.
        """
        try:
            version, nonce, data = sealed.split(":")
            if version != "v1":
                raise ValueError(version)  # noqa: TRY301 - one message for every wrong form
            text = self._cipher.decrypt(base64.b64decode(nonce), base64.b64decode(data), None).decode()
        except InvalidTag:
            msg = (
                "the passphrase does not open this state's secrets; "
                "set PULUMI_CONFIG_PASSPHRASE to the one it was made with"
            )
            raise WrongPassphraseError(msg) from None
        except ValueError:
            msg = "a secret in the state is not in Pulumi's form (v1:<nonce>:<ciphertext>)"
            raise StateCorruptError(msg) from None
        self._sealed[text] = sealed
        return text

    @functools.cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(_key(self._passphrase, self._raw))

    def seal(self, value: Any) -> Any:
        """A property bag with its secrets encrypted."""
        if signature(value) == SECRET:
            text = json.dumps(unwrap(value["value"]), separators=(",", ":"), sort_keys=True)
            return {SIGNATURE: SECRET, "ciphertext": self.encrypt(text)}
        return _map_values(value, self.seal)

    def open(self, value: Any) -> Any:
        """A property bag with its secrets decrypted; plain ones, as `pulumi stack export --show-secrets` has, pass."""
        if signature(value) != SECRET:
            return _map_values(value, self.open)
        text = value["plaintext"] if "plaintext" in value else self.decrypt(value["ciphertext"])
        return {SIGNATURE: SECRET, "value": json.loads(text)}


def _map_values(value: Any, change: Any) -> Any:
    if isinstance(value, dict):
        known: dict[str, Any] = value
        return {k: change(v) for k, v in known.items()}
    if isinstance(value, list):
        items: list[Any] = value
        return [change(v) for v in items]
    return value


@functools.lru_cache(maxsize=16)  # a derivation costs a third of a second
def _key(passphrase: str, salt: bytes) -> bytes:
    return PBKDF2HMAC(hashes.SHA256(), KEY_BYTES, salt, ROUNDS).derive(passphrase.encode())
