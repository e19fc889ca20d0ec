"""`python -m harness store pull` and `sync`, and the other actions of a store that lies elsewhere."""

import sys
from pathlib import Path

from harness.arguments import require_folder
from harness.errors import BadInput
from harness.exchange.depot import Depot
from harness.exchange.exchange import Exchange
from harness.exchange.place import Remote, is_url, remote_of, require_protocol


def exchange(action: str, text: str | None, store: Path | Remote) -> None:
    """Bring what a place has to a folder, and (`sync`) send what only the folder has.

    Args:
        action: `pull` or `sync`.
        text: the place, as it was written.
        store: the folder.

    Raises:
        BadInput: either cannot be used.
    """
    if isinstance(store, Remote):
        raise BadInput(f"--store {store}: store {action} is between a URL and a folder; expected --store DIR")
    if not text or not is_url(text):
        raise BadInput(f"store {action} takes a URL, such as s3://bucket/prefix; got {text or 'none'}")
    try:
        remote = remote_of(text)
    except ValueError as error:
        raise BadInput(f"store {action}: {error}") from None
    require_protocol(remote)
    depot = Depot(remote.url)
    if action == "sync":
        depot.require_writable()
    elif not depot.listed():
        raise BadInput(f"{remote}: holds no store; name a place that a run was given with --store, or `store sync`")
    require_folder("--store", store)
    moved = Exchange(depot, store).once(send=action == "sync")
    sys.stdout.write(f"{store}: {moved} ({remote})\n")


def pulled(action: str, remote: Remote) -> Path:
    """The mirror of a place, with all that the place has, for an action that reads a store.

    Raises:
        BadInput: the place cannot be read, or the action is not one that reads.
    """
    if action == "gc":
        raise BadInput(
            f"--store {remote}: store gc clears folders, and what a place has comes back to its mirrors; pull it into "
            f"a folder, clear that, and `store sync` it to a new place"
        )
    exchange("pull", remote.url, remote.mirror)
    return remote.mirror
