"""Windows: convolutions along one or two axes, poolings, and folds. One method each, which `Body.make` picks at random."""
from .tree import expression


class Images:
    """What `Body` can do along axes that have neighbours; see there for its fields."""

    def windowed(self, shape, axes, mayPad):
        """({axis: size of the window}, the shape to take apart, the form that does it): windows of `shape[axis]` along `axes`."""
        r, inner, form, sizes = self.random, list(shape), "{}", {}
        for axis in sorted(axes, reverse=True):
            size, stride, dilation = r.choice([1, 2, 2, 3]), r.choice([1, 1, 2, 3]), r.choice([1, 1, 1, 2])
            reach = (size - 1) * dilation + 1
            before, after = (r.randrange(size), r.randrange(size)) if mayPad else (0, 0)
            long = (shape[axis] - 1) * stride + reach + r.randrange(stride)
            if long - before - after < 1:
                before = after = 0
            inner[axis], sizes[axis] = long - before - after, size
            if before or after:
                self.note("padded windows")
                form = f"pad({form}, {axis}, {before}, {after})"
            if stride > 1 or dilation > 1:
                self.note("windows that skip")
            form = f"window({form}, {axis}, {size}" + (f", stride = {stride}" if stride > 1 else "") + (f", dilation = {dilation}" if dilation > 1 else "") + ")"
        return sizes, inner, form

    def spatial(self, shape):
        """One or two axes that are not of records; the last one, of channels, left out."""
        axes = [i for i, s in enumerate(shape[:-1]) if s != "b"]
        return sorted(self.random.sample(axes, min(len(axes), self.random.choice([1, 2, 2]))))

    def convolution(self, shape, depth):
        axes = self.spatial(shape)
        if not axes or shape[-1] == "b" or len(shape) > 5:
            return self.unary(shape, depth)
        r = self.random
        sizes, inner, form = self.windowed(shape, axes, True)
        isDepthwise = r.random() < 0.3
        if not isDepthwise:
            inner[-1] = r.choice([1, 2, 3, 5])
        self.note("depthwise convolution" if isDepthwise else "convolution")
        names, channel, out = "pqrs"[:len(shape) - 1], "c", "c" if isDepthwise else "o"
        places = dict(zip(axes, "ij"))
        left = " ".join(name + (" " + places[axis] if axis in places else "") for axis, name in enumerate(names))
        taps = " ".join(places[axis] for axis in axes)
        kernel = [sizes[axis] for axis in axes] + [inner[-1]] + ([] if isDepthwise else [shape[-1]])
        number = 1 if isDepthwise else inner[-1]
        for axis in axes:
            number *= sizes[axis]
        x, w = self.make(inner, depth), self.make(kernel, depth - 1)
        text = f'(einsum("{left} {channel}, {taps} {channel}{"" if isDepthwise else " o"} -> {" ".join(names)} {out}", {form}, {{}}) * {number ** -0.5:.3f})'
        return expression(text, x, w, shape=shape, bound=x.bound * w.bound * number ** 0.5)

    def pooling(self, shape, depth):
        axes = self.spatial(shape)
        if not axes:
            return self.unary(shape, depth)
        function = self.random.choice(["max", "mean", "min"])
        self.note("pooling: " + function)
        sizes, inner, form = self.windowed(shape, axes, function == "mean")
        along = [axis + 1 + place for place, axis in enumerate(axes)]
        x = self.make(inner, depth)
        return expression(f"{function}({form}, axis = [{', '.join(map(str, along))}])", x, shape=shape, bound=x.bound)

    def folded(self, shape, depth):
        r, axes = self.random, self.spatial(shape)
        if not axes:
            return self.unary(shape, depth)
        axis, (size, stride, dilation) = axes[0], r.choice([(2, 1, 1), (3, 1, 1), (2, 2, 1), (3, 2, 1), (2, 1, 2), (1, 2, 1)])
        windows, left = divmod(shape[axis] - (size - 1) * dilation - 1, stride)
        if windows < 0 or left:
            return self.binary(shape, depth)
        self.note("fold")
        x = self.make(shape[:axis] + (windows + 1, size) + shape[axis + 1:], depth)
        return expression(f"(fold({{}}, {axis}, stride = {stride}, dilation = {dilation}) / {size})", x, shape=shape, bound=x.bound)
