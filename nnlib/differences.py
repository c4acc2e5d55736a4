"""A gradient worked out by hand is checked by one that nobody worked out: by differences.

``forward``, ``central``, ``five_point`` and ``complex_step`` differentiate a scalar function f at x,
a number or an array; the result has the shape of x.

Raises ValueError unless the step is positive and finite. Source: chapter chain-rule.
"""

import numpy as np

from nnlib.checks import require_no_nan, require_positive, require_shape


def _along_axes(rule, x):
    """rule(direction) for every unit direction of x's shape, gathered in that shape."""
    x = np.asarray(x)
    slopes = [rule(unit.reshape(x.shape)) for unit in np.eye(x.size)]
    return np.reshape(slopes, x.shape)[()]


def forward(f, x, step=1e-8):
    """(f(x + h) − f(x)) / h: the error of truncation is h f″/2."""
    require_positive("forward: step", step)
    here = f(x)
    return _along_axes(lambda e: (f(x + step * e) - here) / step, x)


def central(f, x, step=6e-6):
    """(f(x + h) − f(x − h)) / 2h: the error of truncation is h² f‴/6."""
    require_positive("central: step", step)
    return _along_axes(lambda e: (f(x + step * e) - f(x - step * e)) / (2 * step), x)


def five_point(f, x, step=7e-4):
    """(8(f(x + h) − f(x − h)) − (f(x + 2h) − f(x − 2h))) / 12h: error h⁴ f⁽⁵⁾/30 in size."""
    require_positive("five_point: step", step)

    def difference(e):
        return f(x + e) - f(x - e)

    def rule(e):
        return (8 * difference(step * e) - difference(2 * step * e)) / (12 * step)

    return _along_axes(rule, x)


def complex_step(f, x, step=1e-30):
    """Im f(x + ih) / h: nothing is subtracted, so h may be tiny and the slope exact to rounding.

    f must accept complex numbers and be analytic beside x: no abs, no conjugate.
    Source: Squire and Trapp 1998.
    """
    require_positive("complex_step: step", step)
    return _along_axes(lambda e: np.imag(f(x + 1j * step * e)) / step, x)


def check_gradient(cost_and_gradient, theta, tolerance=1e-12, rule=complex_step):
    """The largest error of a gradient, in units of the largest entry of the one by differences.

    ``cost_and_gradient(theta)`` returns the scalar and the gradient, of the shape of theta. Raises
    AssertionError, naming the worst parameter, where the error exceeds the tolerance, and ValueError
    where the gradient has another shape or holds NaN, or where nothing but kinks is in the way: at
    a kink every slope between the two sides' is right, and differences find only one.
    """
    _, gradient = cost_and_gradient(theta)
    require_shape("check_gradient: the gradient", gradient, theta.shape)
    require_no_nan("check_gradient: the gradient", gradient)
    f = lambda t: cost_and_gradient(t)[0]
    reference = rule(f, theta)
    scale = np.abs(reference).max() or 1
    errors = np.abs(gradient - reference) / scale
    by_size = np.argsort(errors, axis=None)[::-1]
    wrong = [np.unravel_index(k, theta.shape) for k in by_size if not errors.flat[k] <= tolerance]
    for place in wrong:
        if not _at_kink(f, theta, place, gradient[place], scale):
            raise AssertionError(
                f"the gradient is wrong by {errors[place]:.1e} of its largest entry, above the "
                f"tolerance {tolerance:.1e}; the worst is parameter {_named(place)}: the gradient "
                f"says {gradient[place]:.10g}, {rule.__name__} says {reference[place]:.10g}"
            )
    if wrong:
        raise ValueError(
            f"check_gradient: {len(wrong)} of {theta.size} parameters, the first of them "
            f"{_named(wrong[0])}, stand at a kink, where differences cannot judge; expected a theta "
            "at which the cost is smooth"
        )
    return errors.max()


def _named(place):
    return f"[{', '.join(map(str, place))}]"


def _at_kink(f, x, place, slope, scale):
    """Whether f bends sharply within 2e-5 of x along one axis, with ``slope`` between its sides'."""
    e = np.zeros_like(x)
    e[place] = 1e-5 * max(1.0, abs(x[place]))
    here, h = f(x), e[place]
    left, right = (here - f(x - 2 * e)) / (2 * h), (f(x + 2 * e) - here) / (2 * h)
    bend, half_bend = 2 * h * (right - left), f(x + e) - 2 * here + f(x - e)
    smooth = abs(bend) < 1e-6 * h * scale or abs(bend - 4 * half_bend) < 0.1 * abs(bend)
    slack = 1e-3 * scale
    return not smooth and min(left, right) - slack <= slope <= max(left, right) + slack


def check_pullback(layer, *arguments, rng, tolerance=1e-12, step=1e-30):
    """The relative error in ⟨v, J u⟩ = ⟨Jᵀ v, u⟩ for one random u and v: J u by a complex step.

    ``layer(*arguments)`` returns (value, pullback); ``pullback(v)`` returns a gradient for each
    argument (one alone need not be in a tuple). Raises AssertionError above the tolerance, and
    ValueError where the pullback returns another number of gradients or another shape.
    """
    value, pullback = layer(*arguments)
    us, v = [rng.normal(size=x.shape) for x in arguments], rng.normal(size=value.shape)
    back = pullback(v)
    back = back if isinstance(back, tuple) else (back,)
    if len(back) != len(us):
        raise ValueError(f"the pullback returns {len(back)} gradients, expected {len(us)}")
    for place, (g, u) in enumerate(zip(back, us, strict=True)):
        require_shape(f"the pullback's gradient {place}", g, u.shape)
    moved, _ = layer(*(x + 1j * step * u for x, u in zip(arguments, us, strict=True)))
    forth = v * np.imag(moved) / step
    difference = forth.sum() - sum((g * u).sum() for g, u in zip(back, us, strict=True))
    error = np.abs(difference) / (np.abs(forth).sum() or 1)
    if not error <= tolerance:
        raise AssertionError(
            f"the pullback is not the transpose of the Jacobian: ⟨v, Ju⟩ is {forth.sum():.10g}, "
            f"and ⟨Jᵀv, u⟩ differs from it by {error:.1e} in relative terms, above {tolerance:.1e}"
        )
    return error
