"""A kernel for a whole test case, and what a cell of it sends."""

import threading
import time
import unittest
from dataclasses import dataclass, field

from jupyter_client.manager import start_new_kernel

PATIENCE = 120  # seconds; generous, since a test must not fail on a busy machine


@dataclass
class Ran:
    """All that came of one execute_request."""

    reply: dict
    messages: list = field(default_factory=list)  # on iopub, without status

    def of(self, kind):
        return [m["content"] for m in self.messages if m["msg_type"] == kind]

    def text(self, name="stdout"):
        return "".join(c["text"] for c in self.of("stream") if c["name"] == name)

    @property
    def data(self):
        return self.of("execute_result")[0]["data"]

    @property
    def error(self):
        return self.of("error")[0]


class KernelCase(unittest.TestCase):
    environment = {}
    cwd = None
    transport = "tcp"

    @classmethod
    def setUpClass(cls):
        cls.km, cls.kc = start_new_kernel(kernel_name="deepfixcx", startup_timeout=PATIENCE, cwd=cls.cwd)
        cls.addClassCleanup(cls.stop)

    @classmethod
    def stop(cls):
        cls.kc.stop_channels()
        cls.km.shutdown_kernel(now=True)

    def run_cell(self, code, **options):
        return self.collect(self.kc.execute(code, **options))

    def collect(self, request):
        messages = []
        while True:
            message = self.kc.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] != "status":
                messages.append(message)
            elif message["content"]["execution_state"] == "idle":
                return Ran(self.answer(request)["content"], messages)

    def answer(self, request, channel="shell"):
        get = self.kc.get_shell_msg if channel == "shell" else self.kc.get_control_msg
        while True:
            message = get(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") == request:
                return message

    def ask(self, kind, content=None, channel="shell"):
        message = self.kc.session.msg(kind, content or {})
        (self.kc.shell_channel if channel == "shell" else self.kc.control_channel).send(message)
        return self.answer(message["header"]["msg_id"], channel)["content"]

    def run_and_interrupt(self, code, after=0.5):
        """Interrupts some time after the cell has said that it started; gives the seconds that it then still took."""
        request = self.kc.execute(code)
        while True:
            message = self.kc.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != request:
                continue
            assert message["msg_type"] != "error", message["content"]["evalue"]
            if message["msg_type"] == "stream":
                break
        time.sleep(after)
        start = time.monotonic()
        self.km.interrupt_kernel()
        ran = self.collect(request)
        return ran, time.monotonic() - start
