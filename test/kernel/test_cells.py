"""What cells do, one test a promise of the kernel."""

import os
import tempfile
import time
import unittest
from pathlib import Path

from client import PATIENCE, KernelCase


class Execution(KernelCase):
    def test_counts_and_echoes_the_code(self):
        ran = self.run_cell("1 + 1")
        self.assertEqual(ran.of("execute_input")[0]["code"], "1 + 1")
        self.assertEqual(ran.of("execute_input")[0]["execution_count"], ran.reply["execution_count"])
        self.assertEqual(ran.data["text/plain"], "2")

    def test_silent_cells_show_nothing_and_do_not_count(self):
        before = self.run_cell("0").reply["execution_count"]
        silent = self.run_cell('console.log("quiet"); 5', silent=True)
        self.assertEqual(silent.messages, [])
        self.assertEqual(self.run_cell("0").reply["execution_count"], before + 1)

    def test_cells_outside_the_history_do_not_count(self):
        before = self.run_cell("0").reply["execution_count"]
        self.assertEqual(self.run_cell("5", store_history=False).data["text/plain"], "5")
        self.assertEqual(self.run_cell("0").reply["execution_count"], before + 1)

    def test_user_expressions(self):
        reply = self.run_cell("let five = 5", user_expressions={"good": "five + 1", "bad": "nowhere"}).reply
        self.assertEqual(reply["user_expressions"]["good"]["data"]["text/plain"], "6")
        self.assertEqual(reply["user_expressions"]["bad"]["status"], "error")

    def test_100000_lines_arrive_whole_and_in_order(self):
        ran = self.run_cell('for (let i = 0; i < 100000; i++) console.log("line", i)')
        self.assertEqual(ran.text(), "".join(f"line {i}\n" for i in range(100000)))
        self.assertLess(len(ran.of("stream")), 200)

    def test_streams_keep_their_order_among_displays(self):
        ran = self.run_cell('console.log("a"); display("b"); console.error("c"); console.log("d")')
        kinds = [m["content"].get("name", m["msg_type"]) for m in ran.messages[1:]]
        # `display` takes its bundle asynchronously: its place among text is that of the next await.
        self.assertEqual([k for k in kinds if k != "display_data"], ["stdout", "stderr", "stdout"])
        ran = self.run_cell('console.log("a"); await display("b"); console.log("c")')
        self.assertEqual([m["msg_type"] for m in ran.messages[1:]], ["stream", "display_data", "stream"])

    def test_background_output_goes_to_its_cell(self):
        first = self.kc.execute('setTimeout(() => console.log("from the first"), 300); 1')
        self.collect(first)
        second = self.kc.execute("await new Promise((r) => setTimeout(r, 800)); console.log('from the second')")
        heard = {}
        while second not in heard or "idle" not in heard[second]:
            message = self.kc.get_iopub_msg(timeout=PATIENCE)
            parent = message["parent_header"].get("msg_id")
            told = message["content"].get("text") or message["content"].get("execution_state") or ""
            heard[parent] = heard.get(parent, "") + told
        self.assertIn("from the first", heard[first])
        self.assertIn("from the second", heard[second])
        self.assertNotIn("from the first", heard[second])

    def test_names_of_earlier_cells_in_every_position(self):
        self.run_cell("const level = 2; let mutable = 1;")
        for code, expected in [
            ("({ level })", "{ level: 2 }"),
            ("[1].map((x) => ({ x, level, n: { level } }))[0].n", "{ level: 2 }"),
            ("((level: number) => ({ level }))(9)", "{ level: 9 }"),
            ("(({ other = level }: any) => ({ other }))({})", "{ other: 2 }"),
            ("(() => { const level = 'inner'; return { level } })()", "{ level: 'inner' }"),
            ("({ mutable } = { mutable: 7 }); mutable", "7"),
            ("({ mutable = 8 } = {} as any); ({ mutable })", "{ mutable: 8 }"),
        ]:
            with self.subTest(code=code):
                self.assertEqual(self.run_cell(code).data["text/plain"], expected)

    def test_a_variable_is_the_same_in_every_cell(self):
        self.run_cell("let count = 0; const next = () => ++count; let [first, { second }] = [1, { second: 2 }];")
        self.assertEqual(self.run_cell("count = 10; next()").data["text/plain"], "11")
        self.assertEqual(self.run_cell("count += 5; [next(), count, first, second]").data["text/plain"], "[ 17, 17, 1, 2 ]")

    def test_names_are_declared_anew_whatever_they_were(self):
        for code, expected in [
            ("const again = 1; again", "1"),
            ("let again = 'text'; again.length", "4"),
            ("function again(x: number) { return x } again(2)", "2"),
            ("class again { x = 3 } new again()", "again { x: 3 }"),
            ("enum again { A = 4 } again.A", "4"),
            ("namespace again { export const five = 5 } again.five", "5"),
            ('import { basename as again } from "path"; again("a/b")', "'b'"),
            ('import again from "path"; again.basename("a/c")', "'c'"),
            ('import * as again from "os"; typeof again.cpus', "'function'"),
            ("const again = 6; again", "6"),
            ("interface Shape { a: number } const one: Shape = { a: 1 }; one", "{ a: 1 }"),
            ("interface Shape { b: string } const two: Shape = { b: 'x' }; two", "{ b: 'x' }"),
            ("one", "{ a: 1 }"),
            ("type Shape = number; const three: Shape = 3; three", "3"),
        ]:
            with self.subTest(code=code):
                self.assertEqual(self.run_cell(code).data["text/plain"], expected)

    def test_generic_functions_and_classes_of_earlier_cells_keep_their_types(self):
        self.run_cell("class Box<T> { constructor(readonly v: T) {} map<U>(g: (v: T) => U) { return new Box(g(this.v)) } }")
        self.assertEqual(self.run_cell("new Box(3).map((x) => x.toFixed(1)).v").data["text/plain"], "'3.0'")
        self.assertIn("does not exist on type 'number'", self.run_cell("new Box(3).v.length").error["evalue"])

    def test_values_as_text(self):
        for code, expected in [
            ("(x: number) => x", "[Function (anonymous)]"),
            ("const named = (x: number) => x; named", "[Function: named]"),
            ("const ring: any = {}; ring.self = ring; ring", "<ref *1> { self: [Circular *1] }"),
            ("new Map([['a', 10n]])", "Map(1) { 'a' => 10n }"),
            ("new Set([1])", "Set(1) { 1 }"),
        ]:
            with self.subTest(code=code):
                self.assertEqual(self.run_cell(code).data["text/plain"], expected)
        self.assertLess(len(self.run_cell("'x'.repeat(3e6)").data["text/plain"]), 20_000)
        self.assertEqual(self.run_cell("Array(3)").data, {"text/plain": "[ <3 empty items> ]"})
        self.assertIn("900 more items", self.run_cell("Array.from({ length: 1000 }, (_, i) => i)").data["text/plain"])
        for nothing in ["undefined", "null", "// a comment", "", "const quiet = 1"]:
            self.assertEqual(self.run_cell(nothing).of("execute_result"), [])

    def test_everything_that_prints(self):
        ran = self.run_cell('process.stdout.write("no newline, "); console.table([{ a: 1 }]); process.stderr.write("err "); console.warn("warned")')
        self.assertTrue(ran.text().startswith("no newline, ┌"))
        self.assertEqual(ran.text("stderr"), "err warned\n")

    def test_waiting_at_top_level(self):
        for code, expected in [
            ("await (Promise.resolve(1))", "1"),
            ("await [2][0]", "2"),
            ("(await Promise.resolve({ x: 3 })).x", "3"),
            ("let sum = 0; for await (const x of [1, 2]) sum += x; sum", "3"),
            ("Promise.resolve(4)", "4"),
            ("export const exported = 5; exported", "5"),
            ("[3, 1].toSorted()", "[ 1, 3 ]"),
            ("[1, 2].findLast((x) => x < 2)", "1"),
            ("[1, 2].with(0, 5).toReversed()", "[ 2, 5 ]"),
            ("[3, 1, 2].toSpliced(0, 1).findLastIndex((x) => x === 1)", "0"),
            ("new Float32Array([2, 1]).toSorted()[0]", "1"),
        ]:
            with self.subTest(code=code):
                self.assertEqual(self.run_cell(code).data["text/plain"], expected)


class Errors(KernelCase):
    def test_a_throw_names_the_typescript_line(self):
        code = "interface Gone { a: number }\n\nfunction fail(g: Gone): never {\n  throw new RangeError('bad ' + g.a);\n}\nfail({ a: 3 });"
        ran = self.run_cell(code)
        place = f"In[{ran.reply['execution_count']}].ts:4:9"
        self.assertEqual((ran.error["ename"], ran.error["evalue"]), ("RangeError", "bad 3"))
        plain = self.uncoloured(ran.error["traceback"])
        self.assertIn(place, plain)
        self.assertIn("4 |   throw new RangeError('bad ' + g.a);", plain)
        self.assertNotIn("dist/kernel", plain)
        self.assertNotIn("tslab", plain)
        self.assertEqual(ran.of("stream"), [])

    def test_a_printed_stack_names_the_typescript_line(self):
        ran = self.run_cell("type Gone = number;\n\nconsole.error(new Error('told'))")
        self.assertIn(f"In[{ran.reply['execution_count']}].ts:3:15", ran.text("stderr"))

    def test_a_printed_or_shown_error_has_no_frames_of_the_kernel(self):
        shown = self.run_cell("function make() { return new Error('shown') }\nmake()").data["text/plain"]
        self.assertEqual(shown.count("\n"), 2)
        self.assertNotIn("node:", self.run_cell("console.trace('here')").text("stderr"))

    def test_what_ends_too_early_is_marked_at_its_end(self):
        plain = self.uncoloured(self.run_cell("let x =\n").error["traceback"])
        self.assertIn("1 | let x =\n           ^", plain)

    def test_all_errors_behind_one_are_told(self):
        several = self.run_cell("await Promise.any([Promise.reject(new RangeError('first')), Promise.reject('second')])")
        plain = self.uncoloured(several.error["traceback"])
        self.assertIn("one of them RangeError: first", plain)
        self.assertIn("one of them: 'second'", plain)
        plain = self.uncoloured(self.run_cell("throw new Error('outer', { cause: new TypeError('inner') })").error["traceback"])
        self.assertIn("caused by TypeError: inner", plain)

    def test_endless_recursion_is_an_error(self):
        self.assertIn("call stack", self.run_cell("function deep(): number { return deep() + 1 }\ndeep()").error["evalue"])
        self.assertEqual(self.run_cell("1 + 1").data["text/plain"], "2")

    def test_a_type_error_is_one_error_message(self):
        ran = self.run_cell('let fine = 1;\nconst wrong: number = "text";')
        self.assertEqual(len(ran.of("error")), 1)
        self.assertEqual(ran.of("stream"), [])
        self.assertIn(f"In[{ran.reply['execution_count']}].ts:2:7", ran.error["evalue"])
        self.assertIn("not assignable to type 'number'", ran.error["evalue"])
        self.assertIn("^^^^^", self.uncoloured(ran.error["traceback"]))

    def test_thrown_values_that_are_no_errors(self):
        self.assertIn("just text", self.run_cell('throw "just text"').error["evalue"])
        self.assertEqual(self.run_cell("throw undefined").reply["status"], "error")

    def test_declarations_before_a_throw_stay(self):
        ran = self.run_cell("let kept = 5; throw new Error('here'); let unreached = 6;")
        self.assertIn("unreached", self.uncoloured(ran.error["traceback"]))
        self.assertEqual(self.run_cell("kept + 1").data["text/plain"], "6")
        self.assertIn("Cannot find name", self.run_cell("unreached").error["evalue"])

    def test_only_what_was_sent_before_the_error_is_aborted(self):
        sent = [self.kc.execute(code) for code in ["throw new Error('first')", "1", "2"]]
        statuses = [self.answer(request)["content"] for request in sent]
        self.assertEqual([s["status"] for s in statuses], ["error", "aborted", "aborted"])
        self.assertNotIn("execution_count", statuses[1])
        self.assertEqual(self.run_cell("3").reply["status"], "ok")
        sent = [self.kc.execute(code, stop_on_error=False) for code in ["throw new Error('first')", "1"]]
        self.assertEqual([self.answer(r)["content"]["status"] for r in sent], ["error", "ok"])

    def test_background_failures(self):
        worker = 'import { Worker } from "worker_threads"; const w%d = new Worker(%r, { eval: true }); await new Promise((r) => w%d.once("message", r))'
        self.assertEqual(self.run_cell(worker % (1, 'throw new Error("in the worker")', 1)).error["evalue"], "in the worker")
        self.assertEqual(self.run_cell(worker % (2, "process.exit(1)", 2)).error["ename"], "NeverSettled")
        self.assertEqual(self.run_cell("await new Promise(() => {})").error["ename"], "NeverSettled")
        child = 'import { spawn } from "child_process"; const child = spawn("sleep", ["60"]); setTimeout(() => child.kill("SIGKILL"), 100); await new Promise((r) => child.on("exit", (_, signal) => r(signal)))'
        self.assertEqual(self.run_cell(child).data["text/plain"], "'SIGKILL'")
        self.assertIn("would end the kernel", self.run_cell("process.exit(1)").error["evalue"])
        late = 'queueMicrotask(() => { throw new Error("late") }); await new Promise((r) => setTimeout(r, 50)); 1'
        self.assertIn("Error\x1b[39m: late", self.run_cell(late).text("stderr"))
        self.run_cell('Promise.reject(new Error("unheard"))\n1')
        self.assertEqual(self.run_cell("1 + 1").data["text/plain"], "2")

    @staticmethod
    def uncoloured(lines):
        import re

        return re.sub(r"\x1b\[\d+m", "", "\n".join(lines))


class Values(KernelCase):
    def test_a_value_shows_itself(self):
        ran = self.run_cell('({ [Symbol.for("Jupyter.display")]: async () => ({ "text/html": "<i>x</i>", "text/plain": "x" }) })')
        self.assertEqual(ran.data, {"text/html": "<i>x</i>", "text/plain": "x"})

    def test_what_is_no_json_is_an_error_of_its_cell(self):
        shown = '({ [Symbol.for("Jupyter.display")]: () => BUNDLE })'
        self.run_cell("const ring: any = {}; ring.ring = ring")
        for bundle in ('({ "application/json": ring })', '({ "application/json": 1n })', "undefined"):
            with self.subTest(bundle):
                self.assertEqual(self.run_cell(shown.replace("BUNDLE", bundle)).error["ename"], "TypeError")
        self.assertIn("circular", self.run_cell('openComm("page", ring)').error["evalue"])
        broadcast = 'await (globalThis as any)[Symbol.for("Jupyter.broadcast")]("note", {}, { metadata: ring })'
        self.assertIn("circular", self.run_cell(broadcast).error["evalue"])
        expressions = {"bad": shown.replace("BUNDLE", '({ "application/json": 1n })'), "good": "2"}
        reply = self.run_cell("1", user_expressions=expressions).reply["user_expressions"]
        self.assertEqual([reply["bad"]["status"], reply["good"]["status"]], ["error", "ok"])

    def test_a_cell_may_replace_what_writes_json(self):
        ran = self.run_cell('const own = JSON.stringify; JSON.stringify = () => "broken"; console.log("kept"); JSON.stringify = own')
        self.assertEqual((ran.reply["status"], ran.text()), ("ok", "kept\n"))

    def test_records_typed_arrays_and_tensors(self):
        ran = self.run_cell('[{ a: 1, b: "x" }, { a: 2.5 }]')
        self.assertIn("<table", ran.data["text/html"])
        self.assertIn("2.5", ran.data["text/plain"])
        line = self.run_cell("Float32Array.from({ length: 100 }, (_, i) => i)").data["text/plain"]
        self.assertEqual(line, "Float32Array [100], 0 to 99: 0, 1, 2, 3, 4, 5, ...")
        tensor = "({ dtype: 'float32', shape: [1, 2], isDisposed: false, dataSync: () => new Float32Array([1, 2]) })"
        self.assertEqual(self.run_cell(tensor).data["text/plain"], "Tensor float32 [1, 2], 1 to 2: 1, 2")

    def test_tslab_display_and_its_updates(self):
        ran = self.run_cell('import { newDisplay } from "tslab"; const d = newDisplay(); d.text("1"); d.text("2")')
        shown, updated = ran.of("display_data")[0], ran.of("update_display_data")[0]
        self.assertEqual(shown["transient"], updated["transient"])
        self.assertEqual(updated["data"]["text/plain"], "2")

    def test_display_under_an_id_is_replaced(self):
        ran = self.run_cell('await display("a", { id: "bar" }); await display("b", { id: "bar", update: true })')
        self.assertEqual(ran.of("update_display_data")[0]["transient"]["display_id"], "bar")

    def test_the_host_for_libraries(self):
        code = 'const host = (globalThis as any)[Symbol.for("deepfixcx.host")]; host.show("p", { "text/plain": "0" }); host.update("p", { "text/plain": "1" }); host.signal.aborted'
        ran = self.run_cell(code)
        self.assertEqual(ran.of("update_display_data")[0]["data"]["text/plain"], "1")
        self.assertEqual(ran.data["text/plain"], "false")

    def test_broadcast(self):
        ran = self.run_cell('await (globalThis as any)[Symbol.for("Jupyter.broadcast")]("display_data", { data: { "text/plain": "b" }, metadata: {}, transient: {} })')
        self.assertEqual(ran.of("display_data")[0]["data"]["text/plain"], "b")


class Interrupts(KernelCase):
    loops = {
        "a loop": "while (true) {}",
        "a wait": "await new Promise((r) => setTimeout(r, 60000))",
        "a loop after a wait": "await new Promise((r) => setTimeout(r, 50)); while (true) {}",
        "a loop in a timer": "await new Promise((r) => setTimeout(() => { while (true) {} }, 50))",
        "a loop in an async function": "await (async () => { await null; await new Promise((r) => setImmediate(r)); while (true) {} })()",
    }

    def test_every_kind_of_cell_is_interrupted(self):
        for name, code in self.loops.items():
            with self.subTest(name):
                ran, seconds = self.run_and_interrupt(f'console.log("started"); await null;\n{code}' if "wait" in code else f'console.log("started");\n{code}')
                self.assertEqual(ran.error["ename"], "Interrupted")
                self.assertEqual(self.run_cell("await new Promise((r) => setTimeout(r, 5)); 1 + 1").data["text/plain"], "2")

    def test_loops_that_wait_do_not_go_on_behind_an_interrupt(self):
        sleep = "await new Promise((r) => setTimeout(r, 10));"
        self.run_cell(f"let turns = 0; const tick = async () => {{ {sleep} turns++ }}; async function* ticks() {{ while (true) {{ await tick(); yield 1 }} }}")
        for loop in ["while (true) await tick()", "for await (const one of ticks()) {}", f"while (true) {{ {sleep} turns++ }}"]:
            with self.subTest(loop):
                ran, _ = self.run_and_interrupt(f'console.log("started"); {loop}')
                self.assertEqual(ran.error["ename"], "Interrupted")
                time.sleep(0.5)
                turns = self.run_cell("turns").data["text/plain"]
                self.assertNotEqual(turns, "0")
                self.assertEqual(self.run_cell(f"{sleep} {sleep} turns").data["text/plain"], turns)

    def test_finally_runs_after_an_interrupt(self):
        self.run_cell("let closed = false")
        self.run_and_interrupt('console.log("started"); try { while (true) await new Promise((r) => setTimeout(r, 10)) } finally { closed = true }')
        time.sleep(0.3)
        self.assertEqual(self.run_cell("closed").data["text/plain"], "true")

    def test_the_signal_stops_the_work_behind_a_wait(self):
        work = """
        const { signal } = (globalThis as any)[Symbol.for("deepfixcx.host")];
        let steps = 0;
        const work = (async () => { while (!signal.aborted) { steps++; await new Promise((r) => setTimeout(r, 5)); } })();
        console.log("started");
        await work;"""
        ran, _ = self.run_and_interrupt(work)
        self.assertEqual(ran.error["ename"], "Interrupted")
        time.sleep(0.5)
        steps = self.run_cell("steps").data["text/plain"]
        time.sleep(0.3)
        self.assertEqual(self.run_cell("steps").data["text/plain"], steps)

    def test_an_idle_kernel_ignores_it(self):
        self.run_cell("1")
        self.km.interrupt_kernel()
        time.sleep(0.5)
        self.assertEqual(self.run_cell("1 + 1").data["text/plain"], "2")

    def test_the_heart_beats_in_a_busy_loop(self):
        request = self.kc.execute("const end = Date.now() + 3000; while (Date.now() < end) {}")
        time.sleep(1)
        self.assertTrue(self.kc.hb_channel.is_beating())
        info = self.ask("kernel_info_request", channel="control")
        self.assertEqual(info["language_info"]["name"], "typescript")
        self.collect(request)


class Shutdown(KernelCase):
    def test_it_ends_with_workers_open_and_echoes_restart(self):
        self.run_cell('import { Worker } from "worker_threads"; new Worker("while (true) {}", { eval: true }); setInterval(() => {}, 10)')
        reply = self.ask("shutdown_request", {"restart": True}, channel="control")
        self.assertEqual(reply, {"status": "ok", "restart": True})
        self.assert_ends()

    def assert_ends(self):
        start = time.monotonic()
        while self.km.is_alive() and time.monotonic() - start < 5:
            time.sleep(0.02)
        self.assertFalse(self.km.is_alive())


class BusyShutdown(KernelCase):
    def test_it_ends_in_the_middle_of_a_loop(self):
        self.run_cell("1")
        self.kc.execute("while (true) {}")
        time.sleep(0.3)
        self.kc.control_channel.send(self.kc.session.msg("shutdown_request", {"restart": False}))
        Shutdown.assert_ends(self)


class Requests(KernelCase):
    def test_connect_and_debug(self):
        self.assertEqual(self.ask("connect_request")["shell_port"], self.km.shell_port)
        self.assertEqual(self.ask("debug_request", {"seq": 1, "command": "initialize"}, "control")["success"], False)

    def test_incomplete_code_is_indented(self):
        reply = self.ask("is_complete_request", {"code": "function f() {"})
        self.assertEqual((reply["status"], reply["indent"]), ("incomplete", "  "))

    def test_completion_knows_earlier_cells_and_counts_code_points(self):
        self.run_cell("const measured = { alpha: 1, beta: 2 }")
        reply = self.ask("complete_request", {"code": '"\U0001f600"; measured.al', "cursor_pos": 16})
        self.assertEqual((reply["matches"], reply["cursor_start"], reply["cursor_end"]), (["alpha"], 14, 16))
        self.assertIn("number", self.ask("inspect_request", {"code": "measured.alpha", "cursor_pos": 12})["data"]["text/plain"])

    def test_a_cell_runs_after_a_tooltip_of_the_same_code(self):
        code = "const same = 20;\nsame + 1"
        self.assertTrue(self.ask("inspect_request", {"code": code, "cursor_pos": 8})["found"])
        self.assertEqual(self.run_cell(code).data["text/plain"], "21")
        self.assertEqual(self.run_cell("const other = same + 2; other").data["text/plain"], "22")

    def test_requests_are_answered_while_a_cell_waits(self):
        request = self.kc.execute("await new Promise((r) => setTimeout(r, 3000))")
        self.assertEqual(self.ask("complete_request", {"code": "Math.hyp", "cursor_pos": 8})["matches"], ["hypot"])
        self.assertEqual(self.collect(request).reply["status"], "ok")

    def test_input(self):
        request = self.kc.execute('await input("name? ")', allow_stdin=True)
        asked = self.kc.get_stdin_msg(timeout=PATIENCE)
        self.assertEqual(asked["content"], {"prompt": "name? ", "password": False})
        self.kc.input("Ada")
        self.assertEqual(self.collect(request).data["text/plain"], "'Ada'")
        self.assertIn("nobody can be asked", self.run_cell("await input()", allow_stdin=False).error["evalue"])

    def test_comms_both_ways_with_buffers(self):
        ran = self.run_cell('const c = openComm("t", { a: 1 }); c.onMessage(({ data, buffers }) => { console.log("heard", data.x, buffers[0]?.length); c.send({ back: data.x }, { buffers: [new Uint8Array([7])] }) })')
        comm = ran.of("comm_open")[0]["comm_id"]
        self.assertEqual(self.ask("comm_info_request", {"target_name": "t"})["comms"], {comm: {"target_name": "t"}})
        message = self.kc.session.msg("comm_msg", {"comm_id": comm, "data": {"x": 5}})
        self.kc.session.send(self.kc.shell_channel.socket, message, buffers=[b"abc"])
        heard, sent = "", None
        while not (heard and sent):
            got = self.kc.get_iopub_msg(timeout=PATIENCE)
            if got["msg_type"] == "stream":
                heard = got["content"]["text"]
                self.assertEqual(got["parent_header"]["msg_id"], ran.messages[0]["parent_header"]["msg_id"])
            if got["msg_type"] == "comm_msg":
                sent = got
        self.assertEqual(heard, "heard 5 3\n")
        self.assertEqual((sent["content"]["data"], bytes(sent["buffers"][0])), ({"back": 5}, b"\x07"))

    def test_a_page_opens_a_comm_that_a_cell_has_registered_for(self):
        ran = self.run_cell('registerCommTarget("page", (comm, { data }) => { console.log("opened with", data.x); comm.onClose(() => console.log("closed")) })')
        for kind, content in [("comm_open", {"comm_id": "c1", "target_name": "page", "data": {"x": 4}}), ("comm_close", {"comm_id": "c1", "data": {}})]:
            self.kc.shell_channel.send(self.kc.session.msg(kind, content))
        heard = ""
        while "closed" not in heard:
            got = self.kc.get_iopub_msg(timeout=PATIENCE)
            if got["msg_type"] == "stream":
                heard += got["content"]["text"]
                self.assertEqual(got["parent_header"]["msg_id"], ran.messages[0]["parent_header"]["msg_id"])
        self.assertEqual(heard, "opened with 4\nclosed\n")

    def test_a_widget_hears_values_and_bytes_of_the_page(self):
        ran = self.run_cell('const slider = anywidget({ esm: "export default {}", state: { value: 3 } }); slider.on("change:value", (value) => console.log("value", value)); slider.on("change:bytes", (bytes) => console.log("bytes", bytes[1])); slider')
        comm = ran.messages[2]["content"]["comm_id"]
        data = {"method": "update", "state": {"value": 8}, "buffer_paths": [["bytes"]]}
        message = self.kc.session.msg("comm_msg", {"comm_id": comm, "data": data})
        self.kc.session.send(self.kc.shell_channel.socket, message, buffers=[b"\x05\x06"])
        heard = ""
        while "bytes" not in heard:
            got = self.kc.get_iopub_msg(timeout=PATIENCE)
            heard += got["content"].get("text", "")
        self.assertEqual(heard, "value 8\nbytes 6\n")
        self.assertEqual(self.run_cell('slider.get("value")').data["text/plain"], "8")

    def test_the_history_is_of_this_session(self):
        self.run_cell("'remembered'")
        tail = self.ask("history_request", {"hist_access_type": "tail", "n": 1, "raw": True, "output": False})
        self.assertEqual(tail["history"][0][2], "'remembered'")
        earlier = {"hist_access_type": "range", "session": -1, "start": 0, "stop": 5, "raw": True, "output": False}
        self.assertEqual(self.ask("history_request", earlier), {"status": "ok", "history": []})

    def test_what_a_listener_throws_is_told_in_its_cell(self):
        opened = self.run_cell('openComm("page", {}).onMessage(() => { throw new Error("on purpose") })')
        message = self.kc.session.msg("comm_msg", {"comm_id": opened.of("comm_open")[0]["comm_id"], "data": {}})
        self.kc.shell_channel.send(message)
        while (told := self.kc.get_iopub_msg(timeout=PATIENCE))["msg_type"] != "stream":
            pass
        self.assertEqual(told["content"]["name"], "stderr")
        self.assertRegex(told["content"]["text"], r"on purpose[\s\S]*In\[\d+\]\.ts:1")
        self.assertEqual(told["parent_header"]["msg_id"], opened.messages[0]["parent_header"]["msg_id"])

    def test_a_widget_opens_its_models(self):
        ran = self.run_cell('const w = anywidget({ esm: "export default {}", state: { value: 3, bytes: new Uint8Array([1, 2]) } }); w')
        layout, model = ran.messages[1], ran.messages[2]
        self.assertEqual(layout["content"]["data"]["state"]["_model_name"], "LayoutModel")
        self.assertEqual(model["content"]["data"]["state"]["value"], 3)
        self.assertEqual(model["content"]["data"]["buffer_paths"], [["bytes"]])
        self.assertEqual(bytes(model["buffers"][0]), b"\x01\x02")
        view = ran.data["application/vnd.jupyter.widget-view+json"]
        self.assertEqual(view["model_id"], model["content"]["comm_id"])


class Imports(KernelCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.cwd = folder.name
        cls.write("helper.ts", "// a comment\nexport interface P { x: number }\n\nexport function half(p: P): number {\n  if (p.x < 0) throw new RangeError('negative');\n  return p.x / 2;\n}\n")
        cls.write("below/deeper.ts", "import { half } from '../helper';\nexport const quarter = (x: number) => half({ x }) / 2;\n")
        cls.write("node_modules/waits/package.json", '{"name": "waits", "type": "module", "exports": {"import": "./index.js"}}')
        cls.write("node_modules/waits/index.js", "export const five = await Promise.resolve(5); export default 'default';")
        cls.write("node_modules/common/package.json", '{"name": "common", "main": "main.js"}')
        cls.write("node_modules/common/main.js", "module.exports = { six: 6 };")
        cls.write("module.mjs", "export const seven = await Promise.resolve(7);")
        cls.write("numbers.json", '{"eight": 8}')
        super().setUpClass()

    @classmethod
    def write(cls, name, text):
        path = Path(cls.cwd, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def test_local_files_with_types_and_places(self):
        self.assertEqual(self.run_cell('import { half } from "./helper"; half({ x: 3 })').data["text/plain"], "1.5")
        self.assertEqual(self.run_cell('import { quarter } from "./below/deeper"; quarter(8)').data["text/plain"], "2")
        self.assertIn("not assignable", self.run_cell('half("text")').error["evalue"])
        self.assertIn("helper.ts:5:22", "\n".join(self.run_cell("half({ x: -1 })").error["traceback"]))

    def test_a_changed_file_is_read_again_and_a_new_one_found(self):
        self.write("changing.ts", "export const value = 1;\n")
        self.assertEqual(self.run_cell('import { value } from "./changing"; value').data["text/plain"], "1")
        self.write("changing.ts", "export const value = 'two';\n")
        self.assertEqual(self.run_cell('import { value } from "./changing"; value').data["text/plain"], "'two'")
        self.assertIn("Cannot find module", self.run_cell('import { late } from "./late"').error["evalue"])
        self.write("late.ts", "export const late = 3;\n")
        self.assertEqual(self.run_cell('import { late } from "./late"; late').data["text/plain"], "3")

    def test_packages_of_both_kinds(self):
        self.assertEqual(self.run_cell('import word, { five } from "waits"; word + five').data["text/plain"], "'default5'")
        self.assertEqual(self.run_cell('(await import("waits")).five').data["text/plain"], "5")
        self.assertEqual(self.run_cell('import { seven } from "./module.mjs"; seven').data["text/plain"], "7")
        self.assertEqual(self.run_cell('import numbers from "./numbers.json"; numbers.eight').data["text/plain"], "8")
        self.assertEqual(self.run_cell('require("./numbers.json").eight').data["text/plain"], "8")
        self.assertEqual(self.run_cell('import * as common from "common"; common.six').data["text/plain"], "6")
        self.assertEqual(self.run_cell('import { compress } from "deepfixcx"; typeof compress').data["text/plain"], "'function'")


@unittest.skipIf(os.name == "nt", "Windows has no ipc sockets")
class Ipc(unittest.TestCase):
    def test_ipc_sockets(self):
        from jupyter_client.manager import KernelManager

        manager = KernelManager(kernel_name="deepfixcx", transport="ipc")
        manager.start_kernel()
        self.addCleanup(manager.shutdown_kernel, now=True)
        client = manager.client()
        client.start_channels()
        self.addCleanup(client.stop_channels)
        client.wait_for_ready(timeout=PATIENCE)
        self.assertEqual(client.execute_interactive("1 + 1", timeout=PATIENCE)["content"]["status"], "ok")


if __name__ == "__main__":
    unittest.main()
