"""Methods as authors write them: broken ones, and ones that use a model in every way that is allowed."""

import os
import random
import socket
from itertools import pairwise

import torch

from harness.models.reference import bundled
from harness.models.structure import decoder_layers

TEXTS = ["tom has 12 apples .", "finn loses 3 stamps . how many stamps does finn have ?"]


def no_score(plan):
    return 1.0


def well_behaved(loaded, n, calibration, seed):
    return random.Random(seed).sample(range(loaded.depth), n)


def non_deterministic(loaded, n, calibration, seed):
    return torch.randperm(loaded.depth)[:n].tolist()


def mutates_the_base(loaded, n, calibration, seed):
    decoder_layers(loaded.model).modules[3].mlp.down_proj.weight.data.mul_(1.5)
    return range(n)


def returns_duplicates(loaded, n, calibration, seed):
    return [4] * n


def peeks_at_test_items(loaded, n, calibration, seed):
    (bundled("data") / "word_problems" / "test.jsonl").read_text()
    return range(n)


def wrong_count(loaded, n, calibration, seed):
    return range(n + 1)


def leaves_a_hook(loaded, n, calibration, seed):
    decoder_layers(loaded.model).modules[0].register_forward_hook(lambda *_: None)
    return range(n)


def leaves_gradients(loaded, n, calibration, seed):
    loaded.model.lm_head.weight.requires_grad_(True)
    return range(n)


def writes_a_file(loaded, n, calibration, seed):
    with open("cache.txt", "w") as file:  # noqa: PTH123  # the plainest way there is
        file.write("seen")
    return range(n)


def asks_the_network(loaded, n, calibration, seed):
    socket.getaddrinfo("localhost", 80)
    return range(n)


def starts_a_process(loaded, n, calibration, seed):
    os.system("true")
    return range(n)


def takes_gradients(loaded, n, calibration, seed):
    weight = torch.ones(1, requires_grad=True)
    with torch.enable_grad():
        (weight * 2).sum().backward()
    return range(n)


def runs_the_model(loaded, n, calibration, seed):
    loaded.model(input_ids=torch.tensor([[5, 6]]))
    return range(n)


def runs_its_layers(loaded, n, calibration, seed):
    decoder_layers(loaded.model).modules[0].mlp(torch.ones(1, 1, loaded.model.config.hidden_size))
    return range(n)


def crashes(loaded, n, calibration, seed):
    return {}["layers"]


def ignores_the_count(loaded, n, calibration, seed):
    return [5, 6]


def needs_a_text(loaded, n, calibration, seed):
    return range(n if calibration[0] else 0)


def out_of_range(loaded, n, calibration, seed):
    return range(loaded.depth, loaded.depth + n)


def ids_of(loaded):
    return torch.tensor([loaded.tokenizer(TEXTS[0])["input_ids"]])


def reads_hidden_states(loaded, n, calibration, seed):
    with torch.no_grad():
        states = loaded.model(ids_of(loaded), output_hidden_states=True).hidden_states
    moved = [float((other - one).norm()) for one, other in pairwise(states)]
    return sorted(range(loaded.depth), key=moved.__getitem__)[:n]


def reads_attentions(loaded, n, calibration, seed):
    loaded.model.set_attn_implementation("eager")
    with torch.no_grad():
        loaded.model(ids_of(loaded), output_attentions=True)
    return range(n)


def generates(loaded, n, calibration, seed):
    loaded.model.eval()
    loaded.model.generate(ids_of(loaded), max_new_tokens=2, output_hidden_states=True, return_dict_in_generate=True)
    return range(n)


def goes_on_from_a_cache(loaded, n, calibration, seed):
    with torch.inference_mode():
        first = loaded.model(ids_of(loaded), use_cache=True)
        loaded.model(torch.tensor([[5]]), past_key_values=first.past_key_values)
    return range(n)


def removes_its_hook(loaded, n, calibration, seed):
    hook = loaded.model.model.layers[0].register_forward_hook(lambda *_: None)
    loaded.model(ids_of(loaded))
    hook.remove()
    return range(n)


def pads_a_batch(loaded, n, calibration, seed):
    batch = loaded.tokenizer(TEXTS, return_tensors="pt", padding=True, truncation=True, max_length=8)
    with torch.no_grad():
        loaded.model(**batch, inputs_embeds=None, output_hidden_states=True)
    return range(n)


def zeroes_its_gradients(loaded, n, calibration, seed):
    loaded.model.requires_grad_(True)
    with torch.enable_grad():
        loaded.model(ids_of(loaded), labels=ids_of(loaded)).loss.backward()
    loaded.model.zero_grad(set_to_none=False)
    loaded.model.requires_grad_(False)
    return range(n)


def checkpoints_its_gradients(loaded, n, calibration, seed):
    loaded.model.gradient_checkpointing_enable()
    loaded.model.train()
    with torch.enable_grad():
        loaded.model(ids_of(loaded))
    loaded.model.eval()
    loaded.model.gradient_checkpointing_disable()
    return range(n)
