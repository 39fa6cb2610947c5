"""The messaging specification as PyPI's jupyter_kernel_test checks it, with every attribute that it offers."""

import unittest

import jupyter_kernel_test
from jupyter_client.manager import KernelManager, start_new_kernel


class Messaging(jupyter_kernel_test.KernelTests):
    kernel_name = "deepfixcx"
    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = 'console.log("hello, world")'
    code_stderr = 'console.error("told on stderr")'
    completion_samples = [
        {"text": "Math.hypo", "matches": {"hypot"}},
        {"text": '"text".padSt', "matches": {"padStart"}},
    ]
    complete_code_samples = ["1 + 1", "function f() { return 1 }", "await (g())", "for (const x of [1]) console.log(x)"]
    incomplete_code_samples = ["function f() {", "const x = [1,", "`template"]
    invalid_code_samples = ["let 1 = 2", "const const", "a b c ]"]
    code_generate_error = 'throw new Error("on purpose")'
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "1 + 1", "result": "2"},
        {"code": "1 + 2", "result": "3"},
        {"code": "1 + 3", "result": "4"},
        {"code": "[1, 2].map((x) => x * 2)", "result": "[ 2, 4 ]"},
    ]
    code_display_data = [
        {"code": 'display("shown")', "mime": "text/plain"},
        {"code": 'import * as tslab from "tslab"; tslab.display.html("<b>shown</b>")', "mime": "text/html"},
    ]
    code_history_pattern = "1 + 1*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.hypot"
    code_clear_output = "clearOutput()"
    # code_page_something: this kernel has no pager, the one test that is skipped.

    @classmethod
    def setUpClass(cls) -> None:
        # The compiler needs longer than the client's patience on a machine with much else to do.
        cls.km, cls.kc = start_new_kernel(kernel_name=cls.kernel_name, startup_timeout=120)
        cls.kc.execute_interactive("0", timeout=120)


class Welcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "deepfixcx"
    support_iopub_welcome = True


class Starting(unittest.TestCase):
    def test_the_first_subscriber_hears_its_welcome_and_then_that_the_kernel_starts(self):
        manager = KernelManager(kernel_name="deepfixcx")
        manager.start_kernel()
        client = manager.client()
        self.addCleanup(manager.shutdown_kernel, now=True)
        self.addCleanup(client.stop_channels)
        client.start_channels()
        heard = [client.get_iopub_msg(timeout=60) for _ in range(2)]
        self.assertEqual([message["header"]["msg_type"] for message in heard], ["iopub_welcome", "status"])
        self.assertEqual(heard[1]["content"], {"execution_state": "starting"})


del jupyter_kernel_test.KernelTests, jupyter_kernel_test.IopubWelcomeTests

if __name__ == "__main__":
    unittest.main()
