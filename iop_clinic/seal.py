"""What binds a signature to what was signed: a hash of the content."""

import hashlib
import json
from typing import Any


def seal_of(content: dict[str, Any]) -> str:
    """SHA-256 of canonical JSON: sorted keys, no spaces, UTF-8; dates and numbers as text."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
