"""Measures one Jupyter kernel through jupyter_client: `python measure_kernel.py KERNEL LANGUAGE`; prints one JSON object."""

import json
import statistics
import sys
import time

import psutil
from jupyter_client.manager import KernelManager

PATIENCE = 60  # seconds
CELLS = 30
LINES = 100_000
CODE = {
    "typescript": ("{} + 1", f'for (let i = 0; i < {LINES}; i++) console.log("line " + i)'),
    "python": ("{} + 1", f'for i in range({LINES}): print("line", i)'),
}


def until_idle(client, request, patience=PATIENCE):
    """Gives the text of the cell; None for the rest where no end was heard of."""
    text = []
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            message = client.get_iopub_msg(timeout=max(0.1, end - time.monotonic()))
        except Exception:
            break
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "stream":
            text.append(message["content"]["text"])
        if message["content"].get("execution_state") == "idle":
            break
    return "".join(text)


def main(kernel, language):
    small, lines = CODE[language]
    start = time.monotonic()
    manager = KernelManager(kernel_name=kernel)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE)
        ready = time.monotonic() - start
        until_idle(client, client.execute(small.format(0)))
        first = time.monotonic() - start
        memory = psutil.Process(manager.provisioner.pid).memory_info().rss
        trips = []
        for at in range(CELLS):
            begun = time.monotonic()
            until_idle(client, client.execute(small.format(at)))
            trips.append(time.monotonic() - begun)
        begun = time.monotonic()
        arrived = until_idle(client, client.execute(lines), 20).count("\n")
        lines_s = time.monotonic() - begun
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    print(
        json.dumps(
            {
                "kernel": kernel,
                "readyMs": round(1000 * ready),
                "firstCellDoneMs": round(1000 * first),
                "medianCellMs": round(1000 * statistics.median(trips), 1),
                "linesPrinted": LINES,
                "linesArrived": arrived,
                "linesMs": round(1000 * lines_s),
                "idleMegabytes": round(memory / 1e6),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
