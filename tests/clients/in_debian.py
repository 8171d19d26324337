"""What programs from Debian's packages are tried with."""

import glob
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parent))

from trying import (
    ADDRESS,
    ASK,
    BEARER,
    CONSTRUCT,
    DESCRIBE,
    FILES,
    SELECT,
    SPARQL,
    WORLD,
    client,
    delete,
    equal,
    holds,
    insert,
    main,
    tried,
)

ROWS, TRIPLES = WORLD.get("rows"), WORLD.get("triples")
_MESSAGES = "org/apache/jena/ext/xerces/"
#: What Jena needs of what lies beside it; all of it together has libraries of logging that exclude each other.
_JARS = (
    *(
        "jena-*",
        "commons-cli",
        "commons-codec",
        "commons-compress",
        "commons-csv",
        "commons-io",
        "commons-lang3",
    ),
    *("dexx*", "gson", "guava", "httpc*", "jackson-*", "jsonld-java", "protobuf", "slf4j-api", "slf4j-nop"),
    *("jcl-over-slf4j", "thrift"),
)


def run(*command: str, text: str = "") -> str:
    """Return what a command prints; what it complains of is the error."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise RuntimeError((done.stderr or done.stdout)[-500:])
    return done.stdout


@client("curl", "curl")
def curl() -> None:
    def asked(query: str, accept: str, *more: str) -> str:
        return run(
            "curl",
            "-sS",
            "--fail",
            "-H",
            f"Accept: {accept}",
            *more,
            "--data-urlencode",
            f"query={query}",
            SPARQL,
        )

    with tried("SELECT as CSV by GET, POST, compressed"):
        for more in (("-G",), (), ("--compressed",)):
            equal(len(asked(SELECT, "text/csv", *more).splitlines()), ROWS + 1)
    with tried("ASK, CONSTRUCT, DESCRIBE"):
        assert "true" in asked(ASK, "application/sparql-results+json")
        equal(len(asked(CONSTRUCT, "application/n-triples").splitlines()), ROWS)
        assert asked(DESCRIBE, "text/turtle")
    with tried("update with a token, read back"):
        for update in (insert("curl"), delete("curl")):
            run(
                "curl",
                "-sS",
                "--fail",
                "-H",
                f"Authorization: {BEARER}",
                "--data-urlencode",
                f"update={update}",
                SPARQL,
            )
            equal("true" in asked(holds("curl"), "text/csv"), update.startswith("INSERT"))


@client("Raptor: rapper", "raptor2-utils")
def rapper() -> None:
    for suffix, form in (
        ("ttl", "turtle"),
        ("nt", "ntriples"),
        ("nq", "nquads"),
        ("trig", "trig"),
        ("rdf", "rdfxml"),
    ):
        with tried(f"export of a graph as {suffix}: count"):
            command = ["rapper", "-c", "-i", form, str(FILES / f"kosovo.{suffix}")]
            done = subprocess.run(command, capture_output=True, text=True)
            assert not done.returncode, done.stderr
            equal(int(re.findall(r"returned (\d+) triples", done.stderr)[0]), TRIPLES)
    with tried("an entity by its address, negotiated"):
        assert run("rapper", "-q", "-g", f"{ADDRESS}/polity/kosovo").splitlines()


@client("Rasqal: roqet", "rasqal-utils")
def roqet() -> None:
    with tried("SELECT of the endpoint (its ASK drops the answer)"):
        equal(len(run("roqet", "-q", "-p", SPARQL, "-r", "csv", "-e", SELECT).splitlines()), ROWS + 1)


@client("Apache Jena", "libapache-jena-java")
def jena() -> None:
    # Debian's package has the messages of its XML library where that does not look for them.
    with zipfile.ZipFile("/usr/share/java/jena-core.jar") as archive:
        for name in archive.namelist():
            if name.startswith(_MESSAGES) and name.endswith(".properties"):
                copy = FILES / "jena" / "xerces" / name.removeprefix(_MESSAGES)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(archive.read(name))
    jars = [jar for name in _JARS for jar in sorted(glob.glob(f"/usr/share/java/{name}.jar"))]
    java = ["java", "-XX:TieredStopAtLevel=1", "-cp", ":".join([str(FILES / "jena"), *jars])]

    def arq(program: str, *words: str) -> str:
        return run(*java, program, *words)

    with tried("riot: exports of a graph in five formats, strictly checked: counts"):
        suffixes = ("ttl", "nt", "nq", "trig", "rdf")
        for suffix in suffixes:
            command = [
                *java,
                "riotcmd.riot",
                "--strict",
                "--check",
                "--count",
                str(FILES / f"kosovo.{suffix}"),
            ]
            found = subprocess.run(command, capture_output=True, text=True)
            told = found.stdout + found.stderr
            assert not found.returncode and "WARN" not in told.replace("SLF4J", ""), told[-400:]
            equal(int(re.findall(r":.*?([\d,]+)\s*$", told.strip())[0].replace(",", "")), TRIPLES)
    with tried("rsparql: SELECT, ASK, CONSTRUCT of the endpoint"):
        equal(len(arq("arq.rsparql", "--service", SPARQL, "--results", "csv", SELECT).splitlines()), ROWS + 1)
        assert "yes" in arq("arq.rsparql", "--service", SPARQL, ASK).lower()
        assert arq("arq.rsparql", "--service", SPARQL, "--results", "nt", CONSTRUCT)
    with tried("arq: SERVICE on the endpoint, from Jena's side"):
        query = SELECT.replace("{", f"{{ SERVICE <{SPARQL}> {{", 1) + " }"
        equal(
            len(arq("arq.arq", "--data", str(FILES / "facts.ttl"), "--results", "csv", query).splitlines()),
            ROWS + 1,
        )


@client("GDAL: ogrinfo", "gdal-bin")
def gdal() -> None:
    with tried("map as GeoJSON and GeoPackage: equal counts"):
        sizes = {
            re.findall(r"Feature Count: (\d+)", run("ogrinfo", "-so", "-al", str(FILES / name)))[0]
            for name in ("map.geojson", "map.gpkg")
        }
        equal(len(sizes), 1)


@client("R", "r-base-core")
def r_base() -> None:
    with tried("read.csv of a query's address, and of /data/acts.csv"):
        address = f"{SPARQL}?format=csv&query={quote(SELECT)}"
        script = (
            f'stopifnot(nrow(read.csv("{address}")) == {ROWS}); '
            f'stopifnot(nrow(read.csv("{ADDRESS}/data/acts.csv")) == {WORLD["acts"]})'
        )
        run("Rscript", "-e", script)


@client("xmllint", "libxml2-utils")
def xmllint() -> None:
    with tried("RDF/XML, the feed and results as XML are well formed"):
        address = f"{SPARQL}?format=xml&query={quote(SELECT)}"
        for path in (f"{ADDRESS}/polity/kosovo.rdf", f"{ADDRESS}/changes.atom", address):
            run("xmllint", "--noout", "-", text=run("curl", "-sS", "--fail", path))


@client("promtool", "prometheus")
def promtool() -> None:
    with tried("the counters of /metrics"):
        run("promtool", "check", "metrics", text=run("curl", "-sS", "--fail", f"{ADDRESS}/metrics"))


def version(package: str) -> str:
    """Return the version of a Debian package; empty where it is not installed."""
    if not shutil.which("dpkg-query"):
        return ""
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", package], capture_output=True, text=True
    )
    status, _, found = done.stdout.partition(" ")
    return found if status == "installed" else ""


if __name__ == "__main__":
    main(version)
