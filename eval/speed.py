"""Our engine's speed beside a bare llama-cpp-python loop: same file, prompts, threads and number of tokens.

    python -m eval.speed --json

`zhujiao eval speed` is the measure of `eval/first_word.py`: how soon an answer begins, beside stuffing.

The bare loop uses the wrapper's defaults. The two take turns (A B A B …), so that a busy machine slows both; the ratio
is the median of the rounds' ratios. The aim is 0.97 or better.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from eval.first_word import figures, print_figures, run
from ingest.environment import prepare_environment
from ingest.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ("compare", "figures", "print_figures", "run")

AIM = 0.97
SENTENCE = "三角形的面积等于底乘高除以二，教师先让学生用两个完全一样的三角形拼成平行四边形，再观察底和高的关系。"
QUESTION = "请根据上面的材料，写一段两百字左右的教学导入。"
MOST_TOKENS = 400


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second, reading a prompt and writing."""

    prompt: float
    generation: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Medians of both and our share of the bare loop's speed."""

    ours: Speed
    bare: Speed
    prompt_ratio: float
    generation_ratio: float
    rounds: int
    prompt_tokens: int
    generated_tokens: int
    meets_aim: bool


def compare(path: Path, rounds: int = 3, prompt_tokens: int = 512, tokens: int = 64, threads: int = 0) -> Comparison:
    """Measure both in turns.

    Args:
        path: a GGUF file.
        rounds: how many times each is measured.
        prompt_tokens: about how many tokens the prompt has.
        tokens: how many are written; the number both really wrote is compared.
        threads: CPU threads; 0 means one for each physical core.

    """
    from assistant.llm.llamacpp import LlamaCppEngine, physical_cores  # the environment comes first

    count = threads or physical_cores()
    engine = LlamaCppEngine(path, context_tokens=4096, threads=count)
    bare = _bare_model(path, count)
    pairs, sizes = [], (0, 0)
    for number in range(rounds + 1):
        prompt = _prompt(number, prompt_tokens // 30)
        ours, sizes = _run_ours(engine, prompt, tokens)
        pairs.append((ours, _run_bare(bare, prompt, sizes[1])))
    engine.close()
    bare.close()
    return _summary(pairs[1:], sizes)  # the first round warms the page cache


def _summary(pairs: list[tuple[Speed, Speed]], sizes: tuple[int, int]) -> Comparison:
    middle = statistics.median
    prompt_ratio = middle(ours.prompt / bare.prompt for ours, bare in pairs)
    generation_ratio = middle(ours.generation / bare.generation for ours, bare in pairs)
    ours, bare = (
        Speed(middle(pair[at].prompt for pair in pairs), middle(pair[at].generation for pair in pairs)) for at in (0, 1)
    )
    meets = min(prompt_ratio, generation_ratio) >= AIM
    return Comparison(ours, bare, prompt_ratio, generation_ratio, len(pairs), *sizes, meets)


def _prompt(number: int, sentences: int) -> str:
    """Return a prompt that shares no beginning with another round's: nothing is reused."""
    return f"第{number}份材料。" + SENTENCE * max(1, sentences) + QUESTION


def _run_ours(engine: Any, prompt: str, tokens: int) -> tuple[Speed, tuple[int, int]]:  # noqa: ANN401  (the engine is imported late)
    from assistant.llm.engine import Message, Request, Usage

    request = Request((Message("system", f"{prompt[:6]}助教"), Message("user", prompt)), min(tokens, MOST_TOKENS))
    *_, usage = engine.stream(request)
    if not isinstance(usage, Usage) or usage.generated_tokens < 2:  # a speed needs two
        raise RuntimeError
    read = usage.prompt_tokens - usage.cached_tokens
    # The first token comes with the prompt; the others are written in the generation's time.
    speed = Speed(read / usage.prompt_seconds, (usage.generated_tokens - 1) / usage.generation_seconds)
    return speed, (usage.prompt_tokens, usage.generated_tokens)


def _bare_model(path: Path, threads: int) -> Any:  # noqa: ANN401  (llama-cpp-python has no types)
    import llama_cpp

    return llama_cpp.Llama(str(path), n_ctx=4096, n_threads=threads, n_threads_batch=threads, verbose=False)


def _run_bare(bare: Any, prompt: str, tokens: int) -> Speed:  # noqa: ANN401
    """Read and write with nothing between: the same conversation, exactly `tokens` tokens."""
    text = (
        f"<|im_start|>system\n{prompt[:6]}助教<|im_end|>\n<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n"
    )
    began = time.monotonic()
    prompt_ids = bare.tokenize(text.encode(), add_bos=False, special=True)
    bare.reset()
    first = began
    for at, token in enumerate(bare.generate(prompt_ids, temp=0.0)):
        if at == 0:
            first = time.monotonic()
        bare.detokenize([token])
        if at == tokens - 1:
            break
    return Speed(len(prompt_ids) / (first - began), (tokens - 1) / (time.monotonic() - first))


def main() -> None:
    """Print the comparison."""
    from assistant.llm.factory import local_model_path  # the environment comes first

    parser = argparse.ArgumentParser(prog="python -m eval.speed")
    parser.add_argument("--json", action="store_true", help="只输出 JSON")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prompt-tokens", type=int, default=512)
    parser.add_argument("--tokens", type=int, default=64)
    options = parser.parse_args()
    settings = load_settings()
    result = compare(
        local_model_path(settings), options.rounds, options.prompt_tokens, options.tokens, settings.llm.threads
    )
    if options.json:
        sys.stdout.write(json.dumps(asdict(result), ensure_ascii=False, indent=1) + "\n")
        return
    sys.stdout.write(
        f"读：每秒 {result.ours.prompt:.1f} 词元，裸循环 {result.bare.prompt:.1f}，比值 {result.prompt_ratio:.3f}\n"
        f"写：每秒 {result.ours.generation:.1f} 词元，裸循环 {result.bare.generation:.1f}，比值 {result.generation_ratio:.3f}\n"
    )


if __name__ == "__main__":
    prepare_environment()
    main()
