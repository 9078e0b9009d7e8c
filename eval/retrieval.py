"""Retrieval on outside questions with known answers, and what each part of it is worth.

    python -m eval.retrieval --json [--data FOLDER] [--limit N]

The passages of a set go as files, one a passage, through `ingest.pipeline` into a temporary library; its questions go
through `retrieve`, which answers teachers. A passage counts at the rank of its first chunk. `--limit` takes the first so
many questions of each set; the passages always stay whole.

* hit@k: the share of questions with a relevant passage among the first k.
* MRR@10: the mean of 1 / rank of the first relevant passage, 0 beyond ten (Voorhees 1999, TREC-8 question answering).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.chat.retrieve import retrieve
from assistant.chat.rank import WAYS
from assistant.service import open_embedder
from ingest.access import OWN
from ingest.environment import prepare_environment
from ingest.library import Library
from ingest.pipeline import ingest
from ingest.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingest.embed import Embedder
    from ingest.settings import Settings

DEEP = 10
