"""Say in a teacher's words what a model server's error means."""

from __future__ import annotations

from assistant.errors import EngineError

REFUSED_KEY = {401, 403}
NOT_FOUND = 404
BUSY = 429
SERVER_ERRORS = 500


def translated(error: Exception, host: str, model: str, *, unreachable: bool) -> EngineError:
    """Return the EngineError for an error of the openai package, which becomes its cause.

    EN-11 cannot be reached, EN-12 key refused, EN-13 address or model unknown, EN-14 the server failed
    or is busy, EN-15 the server refuses the request.

    Args:
        error: its `status_code`, if any, is the HTTP status.
        host: the server, for the message.
        model: the model's name on the server.
        unreachable: there was no answer at all.

    """
    status = getattr(error, "status_code", None)
    where = f"模型服务器 {host}"
    if unreachable:
        code, message, hint = (
            "EN-11",
            f"连不上{where}，资料没有受影响。",
            "请管理员检查服务器是否已启动，以及设置 llm.server_url。",
        )
    elif status is None:
        code, message, hint = "EN-14", f"{where} 的答复读不懂。", "稍后再试，或请管理员检查服务器。"
    elif status in REFUSED_KEY:
        code, message, hint = "EN-12", f"{where} 不接受密钥。", "检查设置 llm.server_key。"
    elif status == NOT_FOUND:
        code, message = "EN-13", f"{where} 上没有模型 {model}，或地址不对。"
        hint = "检查设置 llm.server_model 和 llm.server_url（一般以 /v1 结尾）。"
    elif status == BUSY or status >= SERVER_ERRORS:
        code, message, hint = "EN-14", f"{where} 出错或正忙（{status}）。", "稍后再试，或请管理员检查服务器。"
    else:
        code, message = "EN-15", f"{where} 不接受这次请求（{status}）。"
        hint = "可能是问题太长，或服务器不支持这种输出格式。"
    result = EngineError(code, message, hint, retryable=code in {"EN-11", "EN-14"})
    result.__cause__ = error
    return result


def broken_off(host: str) -> EngineError:
    """Return the error for an answer that ended before its end; servers do that when a prompt is too long for them."""
    return EngineError(
        "EN-14", f"模型服务器 {host} 的答复中断了。", "可能是问题太长，或服务器出错；缩短问题再试。", retryable=True
    )
