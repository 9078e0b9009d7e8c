"""Prompts as files: loaded once, checked against their header, and identified by a hash in every answer."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from langchain_core.prompts import ChatPromptTemplate

from assistant.errors import PromptError
from assistant.llm.engine import Message

PROMPTS = Path(__file__).resolve().parents[2] / "prompts"
_FILE = re.compile(r"---\n(?P<header>.*?)\n---\n(?P<body>.*)", re.DOTALL)
# How control tokens begin: <|im_end|> and its kind, </s>, <think>, <start_of_turn>, [INST], <<SYS>>.
_CONTROL = re.compile(
    r"<(?=\|)|<(?=/?(?:s|bos|eos|think|tool_call|tool_response|start_of_turn|end_of_turn)>)|<(?=</?SYS>)|\[(?=/?INST\])",
    re.IGNORECASE,
)
_HARMLESS = {"<": "〈", "[": "〔"}
_SECTION = re.compile(r"^# (system|user)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt file: its purpose, and the messages it makes of its variables."""

    name: str
    purpose: str
    variables: frozenset[str]
    sha256: str
    _template: ChatPromptTemplate

    def messages(self, **values: str) -> tuple[Message, ...]:
        """Fill the variables in; no value can open a chat role, since its control tokens are disarmed.

        Raises:
            PromptError: PR-03 when a variable is missing or not known.

        """
        if set(values) != self.variables:
            raise PromptError(
                "PR-03",
                f"提示词 {self.name} 的变量不对：{sorted(set(values) ^ self.variables)}。",
                "这是程序的错误，请反馈。",
            )
        filled = self._template.format_messages(**{name: disarm(value) for name, value in values.items()})
        roles = {"system": "system", "human": "user"}
        return tuple(Message(roles[message.type], str(message.content)) for message in filled)  # type: ignore[arg-type]  # the values of roles are Roles


def load_prompt(name: str, folder: Path = PROMPTS) -> Prompt:
    """Read `prompts/<name>.md` and check that its text uses just the variables its header names.

    Raises:
        PromptError: PR-01 when the file is missing or misshapen, PR-02 when header and text disagree.

    """
    path = folder / f"{name}.md"
    try:
        raw = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PromptError("PR-01", f"提示词文件 {path} 读不出来。", "重新安装程序。") from error
    parts = _FILE.fullmatch(raw)
    sections = _SECTION.split(parts["body"].strip() + "\n")[1:] if parts else []
    if not parts or not sections:
        raise PromptError("PR-01", f"提示词文件 {path} 的格式不对。", "重新安装程序。")
    header = dict(line.split(": ", 1) for line in parts["header"].splitlines())
    declared = frozenset(header.get("variables", "").strip("[]").replace(" ", "").split(",")) - {""}
    pairs = list(zip(sections[::2], (text.strip() for text in sections[1::2]), strict=True))
    template = ChatPromptTemplate.from_messages(pairs)
    if set(template.input_variables) != declared:
        raise PromptError("PR-02", f"提示词 {name} 写明的变量与正文不一致。", "重新安装程序。")
    digest = hashlib.sha256(raw.encode()).hexdigest()
    return Prompt(name, header.get("purpose", ""), declared, digest, template)


def disarm(text: str) -> str:
    """Make a chat template's control tokens in outside text harmless: `<|im_end|>` becomes plain words.

    The own engine reads no token from a text that fills a prompt; a server may, whatever model it runs.
    """
    return _CONTROL.sub(lambda match: _HARMLESS[match[0]], text)
