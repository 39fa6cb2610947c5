"""Downloads one TensorFlow wheel, verifies it and unpacks its C library into a folder.

Called by libtensorflow.ts with one JSON argument: {package, version, platform, sha256, folder}. Prints `download DONE
TOTAL` and `unpack DONE TOTAL` lines, in bytes. Runs on the pip of .venv, whose version jupyter.ts pins, so that
indexes, proxies, certificates and credentials are those that the person has set for pip.
"""

import fcntl
import hashlib
import json
import os
import shutil
import sys
import time
import zipfile
from pathlib import Path

from pip._internal.commands import create_command
from pip._internal.models.target_python import TargetPython
from pip._vendor.packaging.specifiers import SpecifierSet
from pip._vendor.requests import RequestException
from pip._vendor.urllib3.exceptions import HTTPError

CHUNK = 1 << 20
RECEIVED = 1 << 16  # written as it comes: a lost connection loses less than this
ATTEMPTS = 5  # in a row without one new byte
# The C library, and the headers that the binding includes.
WANTED = (
    "tensorflow/libtensorflow_cc.",
    "tensorflow/libtensorflow_framework.",
    "tensorflow/include/tensorflow/c/",
    "tensorflow/include/tensorflow/core/platform/",
    "tensorflow/include/xla/tsl/c/",
    "tensorflow/include/tsl/platform/ctstring",
    "tensorflow/include/tensorflow/tsl/platform/ctstring",
)


def main():
    wheel = json.loads(sys.argv[1])
    folder = Path(wheel["folder"])
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Two set-ups at once: the second waits here, then finds the folder.
    with open(folder.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = folder.parent / f"{wheel['sha256'][:16]}.whl.part"
            download(wheel, part)
            verify(part, wheel["sha256"])
            unpack(part, folder)
            part.unlink()


def download(wheel, part):
    """Fetches the wheel into `part`, going on after the bytes that an earlier run left there."""
    command = create_command("download")
    options, _ = command.parse_args(["--no-cache-dir", "--quiet", wheel["package"]])
    with command.main_context():
        session = command.get_default_session(options)
        url = find(command, options, session, wheel)
        failures = 0
        while True:
            before = size(part)
            try:
                return fetch(session, url, part)
            except (RequestException, HTTPError, OSError) as error:
                failures = 0 if size(part) > before else failures + 1
                if failures == ATTEMPTS or isinstance(error, OSError) and error.errno is not None:
                    raise
                time.sleep(1)


def find(command, options, session, wheel):
    """The address of the wheel for the platform asked for, whatever Python runs this."""
    target = TargetPython(
        platforms=[wheel["platform"]], py_version_info=(3, 11), abis=["cp311"], implementation="cp"
    )
    finder = command._build_package_finder(options, session, target_python=target)
    found = finder.find_best_candidate(wheel["package"], SpecifierSet(f"=={wheel['version']}"))
    if found.best_candidate is None:
        wanted = f"{wheel['package']} {wheel['version']} for {wheel['platform']}"
        raise SystemExit(f"the package index does not answer, or has no {wanted}")
    return found.best_candidate.link.url_without_fragment


def fetch(session, url, part):
    start = size(part)
    headers = {"Accept-Encoding": "identity"}
    if start > 0:
        headers["Range"] = f"bytes={start}-"
    with session.get(url, headers=headers, stream=True) as response:
        if response.status_code == 416:  # nothing is left to fetch
            return
        response.raise_for_status()
        if response.status_code != 206:
            start = 0
        total = start + int(response.headers.get("Content-Length", 0))
        with open(part, "ab" if start > 0 else "wb") as file:
            for chunk in response.iter_content(RECEIVED):
                file.write(chunk)
                file.flush()
                start += len(chunk)
                print("download", start, total, flush=True)
    if start < total:
        raise HTTPError(f"the connection ended after {start} of {total} bytes")


def verify(part, expected):
    digest = hashlib.sha256()
    with open(part, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    if digest.hexdigest() != expected:
        part.unlink()
        raise SystemExit(f"the downloaded wheel has sha256 {digest.hexdigest()}, not the pinned {expected}")


def unpack(part, folder):
    """Unpacks beside `folder` and renames at the end, so that `folder` is whole whenever it exists."""
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    with zipfile.ZipFile(part) as archive:
        members = [m for m in archive.infolist() if m.filename.startswith(WANTED) and not m.is_dir()]
        total, done = sum(m.file_size for m in members), 0
        for member in members:
            name = member.filename.removeprefix("tensorflow/")
            path = partial / (name if name.startswith("include/") else f"lib/{name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, open(path, "wb") as target:
                while chunk := source.read(CHUNK):
                    target.write(chunk)
                    done += len(chunk)
                    print("unpack", done, total, flush=True)
    os.rename(partial, folder)


def size(path):
    return path.stat().st_size if path.exists() else 0


try:
    main()
except (Exception, KeyboardInterrupt) as error:
    raise SystemExit(f"{type(error).__name__}: {error}".splitlines()[0])
