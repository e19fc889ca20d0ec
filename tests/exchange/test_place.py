"""Which texts name a place for a store."""

import re
import sys
from importlib import import_module

import pytest

from harness.errors import BadInput
from harness.exchange.place import Remote, is_url, remote_of, require_protocol


def test_a_place_has_a_mirror_of_its_own():
    """By its whole name, of which the folder shows the beginning; a slash at the end changes nothing."""
    one, other = remote_of("S3://bucket/some prefix/"), remote_of("s3://bucket/some-prefix")

    assert (str(one), one.protocol) == ("s3://bucket/some prefix", "s3")
    assert one.mirror.parent.name == ".store-mirrors"
    assert one.mirror.name.startswith("s3-bucket-some-prefix-")
    assert one.mirror != other.mirror
    assert remote_of("s3://bucket/some prefix").mirror == one.mirror
    assert [is_url(text) for text in ("s3://b", "s3:/b", "C:/x", ".store", "a/b://c")] == [True] + [False] * 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("s3://", "names no bucket or folder; expected one, such as s3://bucket/prefix"),
        ("file:///", "names no bucket or folder"),
        ("simplecache::s3://b/x", "expected one URL"),
        ("memory://x", "is gone with its process"),
        ("s3://b/x?versionId=hush", "a s3:// URL with ?, #, * or [ in it"),
        ("sftp://me:hush@host/x", "a sftp:// URL with a password in it would stand in logs"),
    ],
)
def test_what_is_no_place_is_refused_and_no_secret_repeated(text, said):
    """With what was expected."""
    with pytest.raises(ValueError, match=re.escape(said)) as refusal:
        remote_of(text)
    assert "hush" not in str(refusal.value)


def test_a_name_without_a_password_may_stand_in_a_url():
    """As sftp has it."""
    assert remote_of("sftp://me@host/x").url == "sftp://me@host/x"


@pytest.mark.parametrize(
    ("url", "missing", "said"),
    [
        ("s3://b/x", "s3fs", r'run: pip install "layer-pruning-checks\[s3\]"$'),
        ("gs://b/x", "gcsfs", r"needs gcsfs, which is not installed; run: pip install gcsfs$"),
        ("abacus://b/x", "abacus", r"^--store abacus://b/x: no kind of place is called abacus; expected a folder, or"),
    ],
)
def test_what_is_not_installed_is_named_with_its_command(url, missing, said, monkeypatch):
    """Before anything is asked of a network."""
    monkeypatch.setattr(import_module("fsspec.registry"), "_registry", {})
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(BadInput, match=said):
        require_protocol(Remote(url))


def test_a_folder_needs_nothing():
    """A place that is a folder can always be reached."""
    require_protocol(Remote("file:///tmp/x"))
