"""Malformed, mis-signed and out-of-order messages, from a fixed seed: `python fuzz.py COUNT`."""

import json
import os
import random
import sys
import time

from jupyter_client.manager import start_new_kernel

DELIMITER = b"<IDS|MSG>"
TYPES = [
    "execute_request", "complete_request", "inspect_request", "is_complete_request", "history_request", "comm_msg",
    "comm_open", "comm_close", "comm_info_request", "input_reply", "debug_request", "connect_request", "nonsense",
    "execute_reply", "__proto__", "constructor", "status", "",
]  # fmt: skip
VALUES = [None, True, -1, 0, 3.5, 10**400, "", "x" * 5000, "\u2028\x00", [], {}, [[]], {"a": {"b": None}}]
FIELDS = ["code", "cursor_pos", "silent", "comm_id", "data", "target_name", "hist_access_type", "n", "pattern", "start",
          "user_expressions", "store_history", "stop_on_error", "value", "seq", "session"]  # fmt: skip


def content(rng):
    return {name: rng.choice(VALUES) for name in rng.sample(FIELDS, rng.randrange(5))}


def frames(rng, session, secret):
    """One broken message, and whether it is mis-signed with an otherwise good request inside."""
    kind = rng.choice(TYPES)
    message = session.msg(kind, content(rng))
    if kind == "execute_request":
        message["content"]["code"] = rng.choice(["", "let =", "1 +", "}{", "\0", "await", "import", "'"])
    good = session.serialize(message)  # delimiter, signature, header, parent, metadata, content
    way = rng.randrange(7)
    if way == 0:  # signed with another key, asking for something that would be seen
        asked = session.msg("execute_request", {"code": f'console.log("{secret}")', "silent": False})
        parts = session.serialize(asked)
        return [parts[0], rng.choice([b"", b"0" * 64, os.urandom(16), parts[1][::-1]]), *parts[2:]]
    if way == 1:
        return good[: rng.randrange(len(good))] or [b""]
    if way == 2:
        return [rng.randbytes(rng.randrange(60)) for _ in range(rng.randrange(1, 9))]
    if way == 3:  # signed, but a part is not a JSON object
        parts = list(good[2:])
        parts[rng.randrange(4)] = rng.choice([b"", b"[]", b"3", b"null", b"{", b"\xff\xfe", b'"text"'])
        return [DELIMITER, session.sign(parts), *parts]
    if way == 4:  # a header without what a header needs
        header = {name: rng.choice(VALUES) for name in rng.sample(["msg_id", "msg_type", "session", "version"], 2)}
        parts = [json.dumps(header).encode(), *good[3:]]
        return [DELIMITER, session.sign(parts), *parts]
    if way == 5:
        return [*[rng.randbytes(5) for _ in range(rng.randrange(4))], *good, rng.randbytes(rng.randrange(40))]
    return good  # well-formed, but out of order or with content that makes no sense


def answers(client, request, patience=120):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        reply = client.get_shell_msg(timeout=patience)
        if reply["parent_header"].get("msg_id") == request:
            return reply["content"]
    raise TimeoutError("the kernel does not answer any more")


def main(count):
    rng = random.Random(20240117)
    manager, client = start_new_kernel(kernel_name="deepfixcx", startup_timeout=120)
    secret = "never to be printed"
    try:
        for sent in range(1, count + 1):
            channel = rng.choice([client.shell_channel, client.shell_channel, client.control_channel, client.stdin_channel])
            channel.socket.send_multipart(frames(rng, client.session, secret))
            if sent % 250 == 0 or sent == count:
                assert manager.is_alive(), f"the kernel died within {sent} messages"
                reply = {"status": "aborted"}
                while reply["status"] == "aborted":  # rightly, where one of the broken cells before it failed
                    reply = answers(client, client.execute(f"{sent} + 1", stop_on_error=False))
                assert reply["status"] == "ok", f"after {sent} messages a good request got {reply}"
        heard = []
        while client.iopub_channel.msg_ready():
            heard.append(client.get_iopub_msg(timeout=1))
        printed = [m for m in heard if m["msg_type"] in ("stream", "execute_input") and secret in str(m["content"])]
        assert not printed, f"a mis-signed request was served: {printed[0]}"
        print(f"{count} messages, the kernel lives and answered no mis-signed one")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
