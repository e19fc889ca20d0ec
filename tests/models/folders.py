"""Folders of checkpoints: of a family, and the tiny model damaged in one way each."""

import json
import shutil

from safetensors.torch import load_file, save_file

from harness.models.reference import bundled
from harness.selfcheck import tiny_random

WEIGHTS, CONFIG = "model.safetensors", "config.json"
TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


def weights(change):
    """A damage to the tensors."""

    def damage(folder):
        save_file(change(load_file(folder / WEIGHTS)), folder / WEIGHTS, metadata={"format": "pt"})

    return damage


def entries(file, **values):
    """A damage to a JSON file: other values; None takes an entry out."""

    def damage(folder):
        merged = json.loads((folder / file).read_text()) | values
        (folder / file).write_text(json.dumps({key: value for key, value in merged.items() if value is not None}))

    return damage


def config(**values):
    return entries(CONFIG, **values)


def text(file, content):
    """A damage that writes a file."""
    return lambda folder: (folder / file).write_text(content)


def without_file(*names):
    return lambda folder: [(folder / name).unlink() for name in names]


def both(*damages):
    return lambda folder: [damage(folder) for damage in damages]


def prefixed(prefix):
    return weights(lambda tensors: {prefix + name: tensor for name, tensor in tensors.items()})


def without(part):
    return weights(lambda tensors: {name: tensor for name, tensor in tensors.items() if part not in name})


def matrices(change):
    return weights(lambda tensors: {name: change(t) if t.dim() > 1 else t for name, t in tensors.items()})


def plus(**tensors):
    return weights(lambda own: own | {name.replace("__", "."): tensor for name, tensor in tensors.items()})


def token(content, index=562):
    """A damage that adds a token to the tokenizer, outside of the embedding's 562 rows."""

    def damage(folder):
        tokenizer = json.loads((folder / "tokenizer.json").read_text())
        form = {"special": True, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
        tokenizer["added_tokens"].append({"id": index, "content": content} | form)
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer))

    return damage


def words(count):
    """A damage that adds ordinary words to the tokenizer."""

    def damage(folder):
        tokenizer = json.loads((folder / "tokenizer.json").read_text())
        vocabulary = tokenizer["model"]["vocab"]
        size = max(len(vocabulary), 562)
        vocabulary |= {f"word{number}": size + number for number in range(count)}
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer))

    return damage


def family(model_type, folder, monkeypatch):
    """A random model of a family as a folder, with the tiny model's tokenizer."""
    monkeypatch.setitem(tiny_random.SIZES, "vocab_size", 600)
    tiny_random.tiny_random(model_type).save_pretrained(folder)
    for name in TOKENIZER:
        shutil.copy(bundled("tiny") / name, folder)
    return folder
