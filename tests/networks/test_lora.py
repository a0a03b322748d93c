import torch
from torch import nn

from lgescar.networks.lora import LowRank, add_low_rank, merge_low_rank


def block() -> nn.Module:
    torch.manual_seed(0)
    return nn.ModuleDict({"qkv": nn.Linear(6, 9), "proj": nn.Linear(6, 6), "lin1": nn.Linear(6, 6)})


def test_it_adds_the_product_of_two_thin_matrices() -> None:
    base = nn.Linear(3, 2, bias=False)
    layer = LowRank(base, 1)
    with torch.no_grad():
        base.weight.zero_()
        layer.down.weight.copy_(torch.tensor([[1.0, 2.0, 0.0]]))
        layer.up.weight.copy_(torch.tensor([[3.0], [-1.0]]))
        answer = layer(torch.tensor([1.0, 1.0, 5.0]))
    # down: 1 + 2 = 3; up: 3 x 3 and -1 x 3
    assert answer.tolist() == [9.0, -3.0]


def test_only_attention_is_changed() -> None:
    encoder = block()
    add_low_rank(encoder, 2)
    kinds = {name: type(child) for name, child in encoder.named_children()}
    assert kinds == {"qkv": LowRank, "proj": LowRank, "lin1": nn.Linear}


def test_merged_it_answers_the_same_with_the_weights_of_before() -> None:
    encoder, x = block(), torch.ones(4, 6)
    names = set(encoder.state_dict())
    add_low_rank(encoder, 2)
    layer = encoder["qkv"]  # type: ignore[index]
    nn.init.ones_(layer.up.weight)
    expected = layer(x)
    merge_low_rank(encoder)
    assert set(encoder.state_dict()) == names
    torch.testing.assert_close(encoder["qkv"](x), expected)  # type: ignore[index]
