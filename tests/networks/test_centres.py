import torch

from lgescar.networks.centres import STRIDE, CentreBoxes, Centres


def test_every_cell_answers_and_no_distance_is_negative() -> None:
    torch.manual_seed(0)
    answer = Centres((8, 16, 16)).eval()(torch.randn(2, 1, 64, 64)).detach()
    assert answer.shape == (2, 5, 64 // STRIDE, 64 // STRIDE)
    assert float(answer[:, 1:].min()) >= 0.0


def test_a_fresh_network_believes_in_few_centres() -> None:
    torch.manual_seed(0)
    _, scores = CentreBoxes(Centres((8, 16, 16))).eval()(torch.randn(2, 1, 64, 64))
    scores = scores.detach()
    assert float(scores.mean()) < 0.05


def test_a_batch_of_two_is_two_batches_of_one() -> None:
    torch.manual_seed(0)
    network = CentreBoxes(Centres((8, 16, 16))).eval()
    images = torch.randn(2, 1, 64, 64)
    both = network(images)
    for i in range(2):
        one = network(images[i : i + 1])
        assert all(torch.allclose(b[i], o[0], atol=1e-5) for b, o in zip(both, one, strict=True))
