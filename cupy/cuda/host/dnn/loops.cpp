// Convolution of double, for which oneDNN has nothing: tap by tap, row by
// row. Each thread owns whole planes of the result, and sums are made in one
// order, so that results do not depend on the number of threads.
#include "convolution.h"
#include "numeric.h"

namespace cupy_host::dnn {

namespace {

CUPY_CLONES void add_scaled(const double* x, ptrdiff_t stride, double w,
                          double* y, ptrdiff_t n) {
  if (stride == 1)
    for (ptrdiff_t i = 0; i < n; ++i) y[i] += w * x[i];
  else
    for (ptrdiff_t i = 0; i < n; ++i) y[i] += w * x[i * stride];
}

CUPY_CLONES void scatter_scaled(const double* y, double w, double* x,
                              ptrdiff_t stride, ptrdiff_t n) {
  if (stride == 1)
    for (ptrdiff_t i = 0; i < n; ++i) x[i] += w * y[i];
  else
    for (ptrdiff_t i = 0; i < n; ++i) x[i * stride] += w * y[i];
}

CUPY_CLONES double dot(const double* x, ptrdiff_t stride, const double* y,
                     ptrdiff_t n) {
  constexpr ptrdiff_t kLanes = 8;
  double lanes[kLanes] = {};
  ptrdiff_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (ptrdiff_t lane = 0; lane < kLanes; ++lane)
      lanes[lane] += x[(i + lane) * stride] * y[i + lane];
  for (; i < n; ++i) lanes[0] += x[i * stride] * y[i];
  for (ptrdiff_t lane = 1; lane < kLanes; ++lane) lanes[0] += lanes[lane];
  return lanes[0];
}

// Where planes lie in a problem's arrays.
struct Planes {
  explicit Planes(const Problem& p)
      : window(p.window), in_size(p.window.in_size()),
        out_size(p.window.out_size()), taps(p.window.tap_count()),
        group_in(p.in_channels / p.groups),
        group_out(p.out_channels / p.groups), in_channels(p.in_channels),
        out_channels(p.out_channels) {}

  ptrdiff_t x(ptrdiff_t image, ptrdiff_t group, ptrdiff_t c) const {
    return (image * in_channels + group * group_in + c) * in_size;
  }
  ptrdiff_t y(ptrdiff_t image, ptrdiff_t group, ptrdiff_t k) const {
    return (image * out_channels + group * group_out + k) * out_size;
  }
  ptrdiff_t w(ptrdiff_t group, ptrdiff_t k, ptrdiff_t c) const {
    return ((group * group_out + k) * group_in + c) * taps;
  }

  const Window& window;
  const ptrdiff_t in_size, out_size, taps, group_in, group_out, in_channels,
      out_channels;
};

void forward_plane(const Planes& p, const double* x, const double* w,
                   double* y, ptrdiff_t image, ptrdiff_t channel) {
  const ptrdiff_t group = channel / p.group_out;
  const ptrdiff_t k = channel % p.group_out;
  double* to = y + p.y(image, group, k);
  std::fill(to, to + p.out_size, 0.0);
  for (ptrdiff_t c = 0; c < p.group_in; ++c) {
    const double* from = x + p.x(image, group, c);
    const double* weights = w + p.w(group, k, c);
    for_taps(p.window, [&](ptrdiff_t index, const ptrdiff_t* tap) {
      for_rows(p.window, tap, [&](ptrdiff_t in, ptrdiff_t out, ptrdiff_t n) {
        add_scaled(from + in, p.window.stride[2], weights[index], to + out, n);
      });
    });
  }
}

void data_plane(const Planes& p, const double* w, const double* dy,
                double* dx, ptrdiff_t image, ptrdiff_t channel) {
  const ptrdiff_t group = channel / p.group_in;
  const ptrdiff_t c = channel % p.group_in;
  double* to = dx + p.x(image, group, c);
  std::fill(to, to + p.in_size, 0.0);
  for (ptrdiff_t k = 0; k < p.group_out; ++k) {
    const double* from = dy + p.y(image, group, k);
    const double* weights = w + p.w(group, k, c);
    for_taps(p.window, [&](ptrdiff_t index, const ptrdiff_t* tap) {
      for_rows(p.window, tap, [&](ptrdiff_t in, ptrdiff_t out, ptrdiff_t n) {
        scatter_scaled(from + out, weights[index], to + in,
                       p.window.stride[2], n);
      });
    });
  }
}

void filter_plane(const Planes& p, const double* x, const double* dy,
                  double* dw, ptrdiff_t images, ptrdiff_t channel,
                  ptrdiff_t c) {
  const ptrdiff_t group = channel / p.group_out;
  const ptrdiff_t k = channel % p.group_out;
  double* weights = dw + p.w(group, k, c);
  for_taps(p.window, [&](ptrdiff_t index, const ptrdiff_t* tap) {
    double sum = 0;
    for (ptrdiff_t image = 0; image < images; ++image) {
      const double* inputs = x + p.x(image, group, c);
      const double* gradients = dy + p.y(image, group, k);
      for_rows(p.window, tap, [&](ptrdiff_t in, ptrdiff_t out, ptrdiff_t n) {
        sum += dot(inputs + in, p.window.stride[2], gradients + out, n);
      });
    }
    weights[index] = sum;
  });
}

// Calls f(i, j) for i < n and j < m, on all cores.
template <class F>
void for_pairs(ptrdiff_t n, ptrdiff_t m, ptrdiff_t cost, F&& f) {
  for_range(n * m, cost, [&](ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t i = begin; i < end; ++i) f(i / m, i % m);
  });
}

}  // namespace

void convolve(const Problem& problem, const double* first,
              const double* second, double* result) {
  const Planes p(problem);
  const ptrdiff_t cost = p.taps * p.out_size;
  switch (problem.pass) {
    case Pass::forward:
      for_pairs(problem.images, p.out_channels, cost * p.group_in,
                [&](ptrdiff_t image, ptrdiff_t channel) {
        forward_plane(p, first, second, result, image, channel);
      });
      break;
    case Pass::data:
      for_pairs(problem.images, p.in_channels, cost * p.group_out,
                [&](ptrdiff_t image, ptrdiff_t channel) {
        data_plane(p, first, second, result, image, channel);
      });
      break;
    case Pass::filter:
      for_pairs(p.out_channels, p.group_in, cost * problem.images,
                [&](ptrdiff_t channel, ptrdiff_t c) {
        filter_plane(p, first, second, result, problem.images, channel, c);
      });
  }
}

}  // namespace cupy_host::dnn
