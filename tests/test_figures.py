"""Figures are the same bytes each time they are drawn, and a wrong network is refused."""

import io

import matplotlib as mpl
import pytest

mpl.use("svg")

import matplotlib.pyplot as plt

from nnlib.book.figures import draw_network, use_style


def drawn(**options):
    use_style()
    file = io.BytesIO()
    figure = draw_network([3, 4, 2], **options).figure
    figure.savefig(file, format="svg", metadata={"Date": None})
    plt.close(figure)
    return file.getvalue()


def test_bytes_repeat():
    names = ["x", "h^{(1)}", "h^{(2)}"]
    assert drawn(path=[1, 2, 0], names=names) == drawn(path=[1, 2, 0], names=names)
    assert drawn(path=[1, 2, 0]) != drawn(path=[1, 2, 0], backward=True)


@pytest.mark.parametrize(
    ("sizes", "options", "message"),
    [
        ([3], {}, "two layers or more"),
        ([3, 0, 2], {}, "none of them empty"),
        ([3, 2], {"path": [0, 0, 0]}, "3 units, but there are 2 layers"),
        ([3, 2], {"path": [0, 2]}, "unit 2 of layer 1, which has units 0 to 1"),
        ([3, 2], {"names": ["x"]}, "2 layers, 1 names"),
    ],
)
def test_wrong_network_is_refused(sizes, options, message):
    with pytest.raises(ValueError, match=message):
        draw_network(sizes, **options)
