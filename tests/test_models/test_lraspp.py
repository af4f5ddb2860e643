import torch

from rvm.models import LRASPP


def test_equals_the_formula():
    torch.manual_seed(0)
    aspp = LRASPP(6, 4).double().eval()
    norm = aspp.project[1]
    with torch.no_grad():
        for value in (norm.weight, norm.bias, norm.running_mean):
            value.normal_()
        norm.running_var.uniform_(0.5, 2)
    x = torch.randn(3, 6, 5, 7, dtype=torch.double)
    project, gate = aspp.project[0].weight[:, :, 0, 0], aspp.gate.weight[:, :, 0, 0]
    y = torch.einsum('oc,nchw->nohw', project, x)
    scale = norm.weight / (norm.running_var + 1e-5).sqrt()
    y = (y - norm.running_mean.view(1, 4, 1, 1)) * scale.view(1, 4, 1, 1)
    y = (y + norm.bias.view(1, 4, 1, 1)).clamp(min=0)
    g = 1 / (1 + torch.exp(-torch.einsum('oc,nc->no', gate, x.mean((2, 3)))))
    torch.testing.assert_close(aspp(x), y * g[:, :, None, None])
    assert aspp.out_channels == 4


def test_convolutions_have_no_bias():
    assert {name for name, _ in LRASPP(6, 4).named_parameters()} == {
        'project.0.weight',
        'project.1.weight',
        'project.1.bias',
        'gate.weight',
    }
