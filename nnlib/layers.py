"""A layer returns its value and its pullback: the linear map that carries a gradient back through it.

Nothing is cached and nothing is hidden: what the way back needs, the closure remembers. The
functions use only what a matrix offers (its shape, products, sums and transpose), so the same lines
run on floats to train, on complex numbers to check, and on symbols to prove.
"""

from nnlib.checks import require_keep, require_shape


def dense(W, b, H):
    """Z = W H + b 1ᵀ and its pullback dZ ↦ (dW, db, dH) = (dZ Hᵀ, dZ 1, Wᵀ dZ).

    Shapes: W (n_out, n_in), b (n_out,), H (n_in, m), so Z and dZ (n_out, m); each gradient has the
    shape of its variable. ``dZ 1`` sums over the batch: the mean belongs to the cost.
    Raises ValueError where the shapes do not fit. Source: chapter backpropagation.
    """
    shapes = W.shape, b.shape, H.shape
    if (*map(len, shapes),) != (2, 1, 2) or (W.shape[0], H.shape[0]) != (b.shape[0], W.shape[1]):
        raise ValueError(
            f"dense got W of shape {W.shape}, b of shape {b.shape}, H of shape {H.shape}; "
            "expected W (n_out, n_in), b (n_out,), H (n_in, m)"
        )

    def pullback(dZ):
        require_shape("dense: dZ", dZ, (W.shape[0], H.shape[1]))
        return dZ @ H.T, dZ.sum(axis=1), W.T @ dZ

    return W @ H + b[:, None], pullback


def elementwise(activation, Z):
    """H = a(Z), entry by entry, and its pullback dH ↦ dZ = dH ∘ a′(Z).

    Shapes: Z, H, dH and dZ alike. The derivative is taken at Z, not at H. Raises ValueError where
    dH has another shape. Source: chapter backpropagation.
    """

    def pullback(dH):
        require_shape("elementwise: dH", dH, Z.shape)
        return dH * activation.derivative(Z)

    return activation(Z), pullback


def dropout(H, keep, rng):
    """H ∘ M / keep with a random mask M, and its pullback, the same map.

    Each entry of M is 1 with probability ``keep``, else 0; the division keeps the mean, so nothing
    is rescaled when predicting ("inverted" dropout: Srivastava et al. 2014, section 10).
    Raises ValueError unless 0 < keep ≤ 1, or where the shape of dH is not that of H.
    """
    require_keep("dropout: keep", keep)
    mask = rng.random(H.shape) < keep

    def pullback(dH):
        require_shape("dropout: dH", dH, H.shape)
        return dH * mask / keep

    return H * mask / keep, pullback
