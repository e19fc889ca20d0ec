"""A real S3 server on this machine: what two runs share, and what is said where it cannot be used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.exchange.place import Remote

pytest.importorskip("s3fs", reason="needs s3fs: pip install 'layer-pruning-checks[s3]'")
pytest.importorskip("moto", reason="needs an S3 server: pip install 'moto[s3]' flask flask-cors")
pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]
SECRET = "hush-hush-hush"
SERVER = """
import sys
import boto3
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
url = "http://{}:{}".format(*server.get_host_and_port())
boto3.client("s3", endpoint_url=url).create_bucket(Bucket="bucket")
print(url, flush=True)
sys.stdin.read()
"""
CHECK = """
def test_claim(subject):
    subject.evaluate(subject.whole, ["facts"], 20)
"""


@pytest.fixture(scope="module")
def keys():
    """Of a user who may do all; nothing of this machine's own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return own | {
        "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip


@pytest.fixture(scope="module")
def server(keys):
    """The environment of a user of a server of its own, which is gone afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SERVER], env=keys, text=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    yield keys | {"AWS_ENDPOINT_URL": process.stdout.readline().strip()}
    process.communicate("")


@pytest.fixture
def harness(monkeypatch, tmp_path):
    """Runs a command in a folder, in an environment."""

    def run(surroundings, *arguments, folder=tmp_path):
        return subprocess.run(
            [sys.executable, "-m", *arguments], cwd=folder, env=surroundings, capture_output=True, text=True,
            check=False,
        )  # fmt: skip

    return run


def sync(harness, surroundings, url="s3://bucket/prefix"):
    """What `store sync` says, at last."""
    found = harness(surroundings, "harness", "store", "sync", url, "--store", "s")
    return found.returncode, found.stderr.splitlines()[-1] if found.stderr else ""


def test_a_second_run_computes_nothing_that_the_first_had(harness, server, tmp_path):
    """On another machine, which is another folder here; both are pytest with `--store s3://bucket/prefix`."""
    said = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "test_one.py").write_text(CHECK)
        found = harness(
            server, "pytest", "--store", "s3://bucket/shared", "-p", "no:cacheprovider", folder=tmp_path / name
        )
        assert found.returncode == 0, found.stdout + found.stderr
        said += [line for line in found.stdout.splitlines() if "store: " in line]

    mirrors = [tmp_path / name / Remote("s3://bucket/shared").mirror for name in ("one", "two")]
    answers = [sorted(b"".join(path.read_bytes() for path in mirror.glob("*.jsonl")).split()) for mirror in mirrors]
    assert len(answers[0]) > 20
    assert answers[0] == answers[1]
    assert said[0].endswith("sent, 0 and 0 taken (s3://bucket/shared)")
    assert said[1].startswith("layer pruning checks: store: 0 lines and 0 files of trainings sent, ")
    assert SECRET not in "".join(said)


def test_runs_at_once_each_send_what_is_theirs(harness, server, tmp_path):
    """Into one prefix; afterwards each has all."""
    from tests.exchange.test_keeper import keys as keys_of
    from tests.exchange.test_keeper import write

    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
        write(folder, folder.name)
    for _ in range(2):
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "harness", "store", "sync", "s3://bucket/at-once", "--store", str(folder)],
                env=server, stdout=subprocess.DEVNULL,
            )
            for folder in folders
        ]  # fmt: skip
        assert [one.wait() for one in running] == [0, 0]

    assert [sorted(keys_of(folder)) for folder in folders] == [["a", "b"]] * 2


def test_what_cannot_be_used_is_one_sentence_without_a_secret(harness, server, keys):
    """No credentials, no bucket, no server."""
    nobody = {
        name: value for name, value in server.items() if name not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    }
    lost = keys | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}  # or it is tried for ten seconds
    for surroundings, url, why in (
        (nobody, "s3://bucket/prefix", "no credentials were found: for S3 set AWS_PROFILE, or AWS_ACCESS_KEY_ID and"),
        (server, "s3://nowhere/prefix", "there is no such bucket or folder"),
        (lost, "s3://bucket/prefix", "nothing answers there: is the network up, and the endpoint right"),
    ):
        code, said = sync(harness, surroundings, url)
        assert code == 2
        assert said.startswith(f"python -m harness store: --store {url}: cannot be written ({why}")
        assert SECRET not in said
