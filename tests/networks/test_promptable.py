import pytest
import torch

from lgescar.networks.blocks import UNet
from lgescar.networks.localizer import Localizer
from lgescar.networks.promptable import PROMPT_CHANNELS, TISSUES, Promptable


@pytest.fixture(scope="module")
def network() -> Promptable:
    torch.manual_seed(0)
    return Promptable((4, 8, 8), (4, 8), dropout=0.5).eval()


@torch.no_grad()
def test_a_slice_and_a_prompt_give_tissues_and_one_scar_at_full_resolution(
    network: Promptable,
) -> None:
    tissues, scar = network(torch.randn(2, 1, 24, 24), torch.rand(2, PROMPT_CHANNELS, 24, 24))
    assert tissues.shape == (2, TISSUES, 24, 24)
    assert scar.shape == (2, 1, 24, 24)


@torch.no_grad()
def test_the_prompt_changes_the_scar_and_not_the_tissues(network: Promptable) -> None:
    image = torch.randn(1, 1, 24, 24)
    here, there = torch.zeros(2, 1, PROMPT_CHANNELS, 24, 24)
    here[0, 0, 2:8, 2:8] = 1.0
    there[0, 0, 14:20, 14:20] = 1.0
    first, second = network(image, here), network(image, there)
    assert torch.equal(first[0], second[0])
    assert not torch.allclose(first[1], second[1])


@torch.no_grad()
@torch.no_grad()
def test_rays_have_neither_first_nor_last(network: Promptable) -> None:
    # three widths halve twice: shifts by multiples of 4 rays are exact
    image, prompt = torch.randn(1, 1, 24, 16), torch.rand(1, PROMPT_CHANNELS, 24, 16)
    rolled = network(image.roll(8, 2), prompt.roll(8, 2))
    for straight, turned in zip(network(image, prompt), rolled, strict=True):
        assert torch.allclose(straight.roll(8, 2), turned, atol=1e-5)


def test_encoded_once_and_decoded_equals_the_whole_network(network: Promptable) -> None:
    image, prompt = torch.randn(1, 1, 24, 24), torch.rand(1, PROMPT_CHANNELS, 24, 24)
    embedding, tissues = network.encoder(image)
    assert torch.equal(network.decoder(embedding, tissues, prompt), network(image, prompt)[1])


@torch.no_grad()
def test_the_localizer_takes_slices_of_any_size_that_halves_evenly() -> None:
    localizer = Localizer((2, 4, 4, 4, 4)).eval()
    assert localizer(torch.randn(1, 1, 48, 80)).shape == (1, 1, 48, 80)


def test_the_default_encoder_has_about_the_parameters_the_card_speaks_of() -> None:
    # widths 16-32-64-128-128, twice 3x3 a level; about 1.2 million by hand
    count = sum(p.numel() for p in UNet(1, (16, 32, 64, 128, 128)).parameters())
    assert 1.1e6 < count < 1.3e6
