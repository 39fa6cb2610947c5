"""The kernel with the libraries that notebooks use, and with papermill."""

import json
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import nbformat
import psutil
from client import PATIENCE, KernelCase

PACKAGE = Path(__file__).parents[2]


class LibraryCase(KernelCase):
    cwd = str(PACKAGE)  # where danfo and TensorFlow.js are found


class LibraryValues(LibraryCase):
    def test_danfo_frames_are_tables(self):
        ran = self.run_cell('import { DataFrame } from "danfojs-node"; new DataFrame({ name: ["Ada", "Bob"], score: [1.5, 2] })')
        self.assertIn("<table", ran.data["text/html"])
        self.assertIn("Ada", ran.data["text/html"])
        self.assertRegex(ran.data["text/plain"], r"name\s+score")

    def test_tensors_are_lines(self):
        self.run_cell('import * as tf from "@tensorflow/tfjs-node"')
        self.assertEqual(self.run_cell("tf.tensor2d([[1, 2], [3, 4]])").data["text/plain"], "Tensor float32 [2, 2], 1 to 4: 1, 2, 3, 4")
        self.assertEqual(self.run_cell("const gone = tf.scalar(1); gone.dispose(); gone").data["text/plain"], "Tensor float32 [], disposed")


class LibraryInterrupts(LibraryCase):
    """Long calls of the library, each of which would take minutes."""

    setting = """
    import { compress, train, crossValidate, streamImages } from "deepfixcx";
    const count = 400;
    const ids = Array.from({ length: count }, (_, at) => `image ${at}`);
    const pixels = Uint8Array.from({ length: count * 64 * 64 }, (_, at) => (at * 2654435761) >>> 24);
    const images = { pixels, shape: [count, 1, 64, 64], ids } as const;
    const part = (from: number, to: number) => ids.slice(from * count, to * count);
    const split = { train: part(0, 0.5), validation: part(0.5, 0.8), test: part(0.8, 1) };
    const labels = { kind: "binary", classes: ["odd"], values: Float32Array.from(ids, (_, at) => at % 2), ids } as const;
    const embedding = await compress(images, { level: 2, patchGrid: 2 });
    """
    calls = {
        "compress": "async function* endless() { for (let at = 0; ; at++) yield { ...images, ids: ids.map((id) => `${id} ${at}`) } }\nstarted(); await compress(endless(), { level: 3, patchGrid: 2 });",
        "train": "started(); await train(embedding, labels, { split, epochs: 100000 });",
        "crossValidate": "started(); await crossValidate(embedding, labels, { folds: [split], repeats: 1000, epochs: 100 });",
        "streamImages": "started(); for (;;) for await (const batch of await streamImages(folder, { batchSize: 2 })) batch.ids;",
    }

    def test_the_work_of_the_librarys_long_calls_stops(self):
        with tempfile.TemporaryDirectory() as folder:
            self.run_cell(f'const folder = {json.dumps(folder)}; const started = () => console.log("started");')
            made = self.run_cell(self.setting)
            self.assertEqual(made.reply["status"], "ok", made.reply)
            self.run_cell('import sharp from "sharp"; for (let at = 0; at < 20; at++) await sharp(pixels.slice(0, 4096), { raw: { width: 64, height: 64, channels: 1 } }).png().toFile(`${folder}/${at}.png`)')
            for name, code in self.calls.items():
                with self.subTest(name):
                    ran, seconds = self.run_and_interrupt(code, after=1)
                    self.assertEqual(ran.reply["status"], "error" if name != "train" else ran.reply["status"])
                    time.sleep(0.5)
                    self.assertLess(self.busy_share(1), 0.25)

    def busy_share(self, seconds):
        """How much of one core the kernel and its children use."""
        kernel = psutil.Process(self.km.provisioner.pid)
        used = lambda: sum(sum(p.cpu_times()[:2]) for p in [kernel, *kernel.children(recursive=True)])
        before = used()
        time.sleep(seconds)
        return (used() - before) / seconds


class Papermill(unittest.TestCase):
    def run_papermill(self, *parameters, tagged=True):
        cell = nbformat.v4.new_code_cell('const level = 1; let words: string[] = []; let share: number | null = 0.5; let on = false', metadata={"tags": ["parameters"]} if tagged else {})
        shown = nbformat.v4.new_code_cell("console.log(JSON.stringify({ level, words, share, on }))")
        kernelspec = {"name": "deepfixcx", "display_name": "TypeScript (DeepFixCX)", "language": "typescript"}
        notebook = nbformat.v4.new_notebook(cells=[cell, shown], metadata={"kernelspec": kernelspec})
        with tempfile.TemporaryDirectory() as folder:
            source, result = Path(folder, "in.ipynb"), Path(folder, "out.ipynb")
            nbformat.write(notebook, source)
            command = [sys.executable, "-m", "papermill", str(source), str(result), "--no-progress-bar", *parameters]
            ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
            self.assertEqual(ended.returncode, 0, ended.stderr)
            return json.loads(nbformat.read(result, 4).cells[-1].outputs[0]["text"])

    def test_parameters_of_every_kind(self):
        parameters = ["-p", "level", "3", "-p", "share", "None", "-p", "on", "True", "-y", 'words: ["a", "b \\" c"]']
        self.assertEqual(self.run_papermill(*parameters), {"level": 3, "words": ["a", 'b " c'], "share": None, "on": True})

    def test_without_parameters_the_notebook_runs_as_it_is(self):
        self.assertEqual(self.run_papermill(), {"level": 1, "words": [], "share": 0.5, "on": False})


if __name__ == "__main__":
    unittest.main()
