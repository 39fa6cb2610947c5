"""Opens Parquet files with pandas, pyarrow, polars and DuckDB, and prints as JSON what each has read."""

import hashlib
import json
import sys

import duckdb
import numpy
import pandas
import polars
import pyarrow.parquet

paths = sys.argv[1:]
quoted = ", ".join(f"'{path}'" for path in paths)


def with_pandas():
    table = pandas.concat([pandas.read_parquet(path) for path in paths])
    findings = [None if pandas.isna(value) else value for value in table["finding"]]
    return list(table["id"]), numpy.stack(table["embedding"]), findings, list(table["sha256"])


def with_pyarrow():
    table = pyarrow.concat_tables([pyarrow.parquet.read_table(path) for path in paths])
    values = table["embedding"].combine_chunks()
    matrix = values.flatten().to_numpy().reshape(len(values), values.type.list_size)
    return table["id"].to_pylist(), matrix, table["finding"].to_pylist(), table["sha256"].to_pylist()


def with_polars():
    table = polars.read_parquet(paths)
    return list(table["id"]), table["embedding"].to_numpy(), list(table["finding"]), list(table["sha256"])


def with_duckdb():
    rows = duckdb.sql(f"SELECT id, embedding, finding, sha256 FROM read_parquet([{quoted}])").fetchall()
    ids, values, findings, digests = (list(column) for column in zip(*rows))
    return ids, numpy.array(values, dtype=numpy.float32), findings, digests


readers = {"pandas": with_pandas, "pyarrow": with_pyarrow, "polars": with_polars, "duckdb": with_duckdb}
seen = {}
for name, read in readers.items():
    ids, values, findings, digests = read()
    assert values.dtype == numpy.float32, values.dtype
    seen[name] = {
        "ids": ids,
        "shape": values.shape,
        "values": hashlib.sha256(numpy.ascontiguousarray(values).tobytes()).hexdigest(),
        "finding": findings,
        "sha256": digests,
    }
print(json.dumps(seen))
