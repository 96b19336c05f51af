// Pictures of another size.
#pragma once
#include "runtime/pictures/Picture.h"

namespace tl::pictures {

enum class Filter { Bilinear, Bicubic };

/// The part `window` of the picture made as large as `whole`. Each pixel is a weighted mean of those around its place: over a triangle
/// (bilinear) or a cubic curve of slope -1/2 (bicubic), which is as wide as a pixel of the smaller picture: what becomes smaller is
/// smoothed first. Along rows, then along columns, each rounded to a byte, with weights of 22 bits behind the point; the other way round
/// where the height shrinks by more than twice as many pixels as the width. The values are those of `Image.resize` of Pillow 13.
Picture resized(Picture picture, Size whole, Filter filter, const Window &window);

/// A part of a picture.
Picture cut(Picture picture, const Window &window);

} // namespace tl::pictures
