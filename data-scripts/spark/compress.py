"""Compresses millions of images on Apache Spark: the numbers are those of `npx deepfixcx compress`.

On a laptop:    .venv/bin/python data-scripts/spark/compress.py scans/ --out shards -- --level 2 --patch-grid 19
On a cluster:   spark-submit --master yarn data-scripts/spark/compress.py list.parquet --out hdfs:///shards \\
                    --command "npx deepfixcx" -- --level 2 --patch-grid 19

INPUT is a folder, or a csv or Parquet list with a column `file` (paths that every machine can read) and perhaps `id`;
other columns are carried over when --columns names them. Each Python worker keeps one node process, to which it speaks
Arrow over pipes (`deepfixcx worker --help` documents it; nothing in it is Spark's). A process that dies takes its task
with it, which Spark runs again: a row is there once or the job fails. An image that cannot be used is a row with an error.
"""

import argparse
import json
import os
import posixpath
import re
import shlex
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dcm", ".dicom", ".nii", ".nii.gz")
BATCH = 48  # rows on their way to node at a time


def parse():
    words = sys.argv[1:]
    at = words.index("--") if "--" in words else len(words)
    own, settings = words[:at], words[at + 1 :]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", help="a folder, or a list: FILE.csv or FILE.parquet")
    parser.add_argument("--out", required=True, help="the folder of Parquet files to write; must not exist")
    parser.add_argument("--columns", default="", help="columns of the list to carry over, with commas between")
    parser.add_argument("--master", default="local[2,4]", help="where to run without spark-submit; local[2] never retries")
    parser.add_argument("--partitions", type=int, help="tasks; default: four a core")
    parser.add_argument(
        "--command",
        default=f"node {shlex.quote(str(REPOSITORY / 'dist/cli/main.js'))}",
        help="what starts deepfixcx on every machine",
    )
    return parser.parse_args(own), settings


def is_image(path):
    """By its name, or by how it begins where the name has no ending, as the command line does."""
    if path.name.lower().endswith(ENDINGS):
        return True
    if re.search(r"\.[a-z]\w*$", path.name, re.IGNORECASE) or not path.is_file():
        return False
    with open(path, "rb") as file:
        return file.read(132)[128:] == b"DICM"


def rows_in_folder(folder):
    """Id (the path below the folder) and file of every image, sorted by id; links are left out."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(place, name)
            if not name.startswith(".") and not path.is_symlink() and is_image(path):
                found.append((path.relative_to(folder).as_posix(), str(path.resolve())))
    return sorted(found)


def read_input(spark, path, columns):
    """A frame of id, file and the columns wanted."""
    if not path.endswith((".csv", ".parquet")):
        return spark.createDataFrame(rows_in_folder(path), "id string, file string")
    from pyspark.sql.functions import coalesce, col, concat, lit, nullif, udf, when

    is_csv = path.endswith(".csv")
    # As the command line reads it: values may hold commas, doubled quotes and line ends.
    trimmed = {"ignoreLeadingWhiteSpace": True, "ignoreTrailingWhiteSpace": True}
    csv = {"header": True, "escape": '"', "multiLine": True, **trimmed}
    frame = spark.read.csv(path, **csv) if is_csv else spark.read.parquet(path)
    # As the command line has it: without an id, ./scans//a.png is called scans/a.png.
    plain = udf(lambda file: file and re.sub("^//", "/", posixpath.normpath(file)))
    named = nullif(col("id").cast("string"), lit("")) if "id" in frame.columns else lit(None).cast("string")
    frame = frame.withColumn("id", coalesce(named, plain(col("file"))))
    if "://" not in path:
        # As the command line does, paths that do not begin at the root are below the list.
        below = concat(lit(f"{Path(path).resolve().parent}/"), col("file"))
        frame = frame.withColumn("file", plain(when(col("file").startswith("/"), col("file")).otherwise(below)))
    if is_csv:
        frame = with_numbers(frame, columns)
    return frame.select("id", "file", *columns)


def with_numbers(frame, columns):
    """Columns of a csv as numbers where all that stands in them is one, as the command line has them."""
    from pyspark.sql.functions import col

    for name in columns:
        # 00017 is a name, and so are more digits than double precision holds.
        is_number = col(name).rlike(r"^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$") & ~col(name).rlike(r"^-?\d{16,}$")
        if frame.where(col(name).isNotNull() & ~is_number).isEmpty():
            frame = frame.withColumn(name, col(name).cast("double"))
    return frame


class Worker:
    """One node process: a batch in, a batch of as many rows out."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.writer = self.reader = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def ask(self, batch):
        import pyarrow

        if self.writer is None:
            self.writer = pyarrow.ipc.new_stream(self.process.stdin, batch.schema)
        self.writer.write_batch(batch)
        self.process.stdin.flush()
        if self.reader is None:
            self.reader = pyarrow.ipc.open_stream(self.process.stdout)
        return self.reader.read_next_batch()

    def embed(self, batch):
        answer = self.ask(batch)
        if answer.num_rows != batch.num_rows or not answer.column("id").equals(batch.column("id")):
            raise RuntimeError(f"{answer.num_rows} rows came back for {batch.num_rows}, or others")
        return answer

    def end(self):
        if self.writer is not None:
            self.writer.close()
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise RuntimeError(f"deepfixcx worker ended with {self.process.returncode}")


def lister(command, columns):
    """What makes of every file a row for each of its images: frames of DICOM files and slices of NIfTI files."""
    worker_class = Worker

    def images(batches):
        import pyarrow

        with worker_class(command) as worker:
            for batch in batches:
                text = [batch.column(name).cast(pyarrow.string()) for name in ("id", "file")]
                answer = worker.ask(pyarrow.RecordBatch.from_arrays(text, ["id", "file"]))
                of_file = {name: batch.column(name).take(answer.column("row")) for name in ("file", *columns)}
                kept = {"id": answer.column("id"), "frame": answer.column("frame"), **of_file}
                yield pyarrow.RecordBatch.from_arrays(list(kept.values()), list(kept))
            worker.end()

    return images


def embedder(command, columns):
    """What runs in Spark's Python workers; it must not need this file there."""
    worker_class = Worker

    def embed(batches):
        import pyarrow

        with worker_class(command) as worker:
            for batch in batches:
                text = [batch.column(name).cast(pyarrow.string()) for name in ("id", "file")]
                rows = [*text, batch.column("frame")]
                answer = worker.embed(pyarrow.RecordBatch.from_arrays(rows, ["id", "file", "frame"]))
                kept = {name: answer.column(name) for name in ("id", "source", "sha256", "decoder")}
                kept.update({name: batch.column(name) for name in columns})
                kept.update({name: answer.column(name) for name in ("embedding", "error")})
                yield pyarrow.RecordBatch.from_arrays(list(kept.values()), list(kept))
            worker.end()

    return embed


def first_kind(frame, command):
    """The kind (channels x rows x columns x bits) of the first image by id that can be used: all others must be like it."""
    import pyarrow

    with Worker(command) as worker:
        for row in frame.select("id", "file", "frame").orderBy("id").toLocalIterator():
            cells = [pyarrow.array([row.id]), pyarrow.array([row.file]), pyarrow.array([row.frame], pyarrow.int32())]
            batch = pyarrow.RecordBatch.from_arrays(cells, ["id", "file", "frame"])
            kind = worker.embed(batch).column("kind")[0].as_py()
            if kind is not None:
                return kind
    sys.exit("compress.py: no image can be used")


def write_facts(spark, out, facts):
    """Settings beside the Parquet files, where `embeddings.open` looks for them; on any file system that Spark knows."""
    jvm = spark.sparkContext._jvm
    path = jvm.org.apache.hadoop.fs.Path(out, "_deepfixcx.json")
    stream = path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()).create(path, True)
    stream.write(bytearray(json.dumps(facts).encode()))
    stream.close()


def main():
    options, settings = parse()
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import col
    from pyspark.sql.types import ArrayType, FloatType, IntegerType, StringType, StructField, StructType

    builder = SparkSession.builder.appName("deepfixcx").config("spark.sql.execution.arrow.maxRecordsPerBatch", BATCH)
    if "PYSPARK_GATEWAY_PORT" not in os.environ:  # spark-submit has not said where to run
        builder = builder.master(options.master)
        builder = builder.config("spark.ui.enabled", False)
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # the same Python in the workers
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    columns = [name for name in options.columns.split(",") if name]
    frame = read_input(spark, options.input, columns)
    command = [*shlex.split(options.command), "worker", *settings]
    carried = [frame.schema[name] for name in columns]
    one_each = [StructField("id", StringType()), StructField("frame", IntegerType()), StructField("file", StringType())]
    frame = frame.mapInArrow(lister([*command, "--frames"], columns), StructType([*one_each, *carried])).persist()
    kind = first_kind(frame, command)
    facts = subprocess.run([*command, "--like", kind, "--facts"], capture_output=True, check=True, text=True).stdout
    own = [StructField(name, StringType()) for name in ("id", "source", "sha256", "decoder")]
    schema = StructType([*own, *carried, StructField("embedding", ArrayType(FloatType(), False)), StructField("error", StringType())])
    partitions = options.partitions or 4 * spark.sparkContext.defaultParallelism
    embedded = frame.repartitionByRange(partitions, col("id")).mapInArrow(
        embedder([*command, "--like", kind], columns), schema
    )
    embedded.write.option("compression", "zstd").parquet(options.out)
    write_facts(spark, options.out, json.loads(facts))
    written = spark.read.parquet(options.out)
    bad = written.where(col("error").isNotNull())
    for row in bad.select("id", "error").orderBy("id").limit(20).collect():
        print(f"rejected {row.id}: {row.error}", file=sys.stderr)
    rejected = bad.count()
    print(f"{options.out}: {written.count() - rejected} images, {rejected} rejected (column error)")
    spark.stop()
    sys.exit(3 if rejected else 0)


if __name__ == "__main__":
    main()
