"""Turn what a model emits into text that may be shown: whole characters only, and never a stop string."""

from __future__ import annotations

import codecs


class CharacterDecoder:
    """Decode UTF-8 that arrives in arbitrary slices of bytes; a piece never ends inside a character."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def feed(self, data: bytes) -> str:
        """Return the characters that are complete now; a half one at the very end is simply never returned."""
        return self._decoder.decode(data)


class StopFilter:
    """Hold back whatever could still become a stop string; drop the stop string and all that follows.

    Args:
        stops: strings that end the text; empty ones are ignored.

    """

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """Return the text that is certainly before any stop string; nothing more once one was seen."""
        if self.stopped:
            return ""
        self._held += text
        found = [at for at in (self._held.find(stop) for stop in self._stops) if at >= 0]
        if found:
            self.stopped = True
            ready, self._held = self._held[: min(found)], ""
            return ready
        keep = max((_overlap(self._held, stop) for stop in self._stops), default=0)
        cut = len(self._held) - keep
        ready, self._held = self._held[:cut], self._held[cut:]
        return ready

    def flush(self) -> str:
        """Return what was held back, now that no more text will come."""
        ready, self._held = self._held, ""
        return ready


def _overlap(text: str, stop: str) -> int:
    """Return the length of the longest end of `text` that is a proper beginning of `stop`."""
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)
