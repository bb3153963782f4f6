// Convolution by oneDNN, of float.
//
// A plan keeps one primitive and, where the primitive wants another layout
// than ours, the reorders to and from it. The reordered copies and oneDNN's
// scratchpad lie in the workspace that is passed in, so that a plan is
// constant and threads may run it at once.
#include <dnnl.hpp>
#include <omp.h>

#include <list>
#include <string>

#include "convolution.h"
#include "fork.h"

namespace cupy_host::dnn {

namespace {

using dnnl::memory;
using dnnl::prop_kind;
using Dims = memory::dims;
using Desc = memory::desc;

constexpr size_t kAlignment = 64;
constexpr size_t kCachedPlans = 256;

const dnnl::engine& engine() {
  // Never destroyed: plans may be run while the process ends.
  static auto* cpu = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *cpu;
}

// Lets oneDNN use onednn_threads() threads in this scope.
class Threads {
 public:
  Threads() : before_(omp_get_max_threads()) {
    omp_set_num_threads(onednn_threads());
  }
  ~Threads() { omp_set_num_threads(before_); }

 private:
  const int before_;
};

// The shapes and windows of a problem in oneDNN's terms.
struct Shapes {
  Dims x, w, y, stride, pad, dilation;
};

Shapes shapes_of(const Problem& p) {
  Shapes s;
  s.x = {p.images, p.in_channels};
  s.y = {p.images, p.out_channels};
  if (p.groups > 1) s.w = {p.groups};
  s.w.push_back(p.out_channels / p.groups);
  s.w.push_back(p.in_channels / p.groups);
  for (int i = kMaxSpatial - int(p.ndim); i < kMaxSpatial; ++i) {
    s.x.push_back(p.window.in[i]);
    s.y.push_back(p.window.out[i]);
    s.w.push_back(p.window.taps[i]);
    s.stride.push_back(p.window.stride[i]);
    s.pad.push_back(p.window.pad[i]);
    s.dilation.push_back(p.window.dilation[i] - 1);  // 0: none
  }
  return s;
}

Desc packed(const Dims& dims) {
  Dims strides(dims.size(), 1);
  for (size_t i = dims.size() - 1; i-- > 0;)
    strides[i] = strides[i + 1] * dims[i + 1];
  return Desc(dims, memory::data_type::f32, strides);
}

dnnl::primitive_attr attributes() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

// One of the three arrays of a convolution.
struct Operand {
  int argument;
  Desc ours, theirs;
  dnnl::reorder reorder;  // unless the layouts agree
  size_t offset;          // of the reordered copy in the workspace
  bool copied() const { return ours != theirs; }
};

class Plan {
 public:
  explicit Plan(const Problem& p) {
    const Shapes s = shapes_of(p);
    const auto wish = [&](const Dims& dims) {
      return p.blocked ? Desc(dims, memory::data_type::f32,
                              memory::format_tag::any)
                       : packed(dims);
    };
    const Desc x = wish(s.x), w = wish(s.w), y = wish(s.y);
    const auto direct = dnnl::algorithm::convolution_direct;
    const dnnl::convolution_forward::primitive_desc forward(
        engine(), prop_kind::forward_training, direct, x, w, y, s.stride,
        s.dilation, s.pad, s.pad, attributes());
    if (p.pass == Pass::forward) {
      primitive_ = dnnl::convolution_forward(forward);
      set(forward, {DNNL_ARG_SRC, s.x, forward.src_desc()},
          {DNNL_ARG_WEIGHTS, s.w, forward.weights_desc()},
          {DNNL_ARG_DST, s.y, forward.dst_desc()});
    } else if (p.pass == Pass::data) {
      const dnnl::convolution_backward_data::primitive_desc data(
          engine(), direct, x, w, y, s.stride, s.dilation, s.pad, s.pad,
          forward, attributes());
      primitive_ = dnnl::convolution_backward_data(data);
      set(data, {DNNL_ARG_WEIGHTS, s.w, data.weights_desc()},
          {DNNL_ARG_DIFF_DST, s.y, data.diff_dst_desc()},
          {DNNL_ARG_DIFF_SRC, s.x, data.diff_src_desc()});
    } else {
      const dnnl::convolution_backward_weights::primitive_desc filter(
          engine(), direct, x, w, y, s.stride, s.dilation, s.pad, s.pad,
          forward, attributes());
      primitive_ = dnnl::convolution_backward_weights(filter);
      set(filter, {DNNL_ARG_SRC, s.x, filter.src_desc()},
          {DNNL_ARG_DIFF_DST, s.y, filter.diff_dst_desc()},
          {DNNL_ARG_DIFF_WEIGHTS, s.w, filter.diff_weights_desc()});
    }
  }

  size_t workspace() const {
    return size_ ? size_ + kAlignment : 0;
  }

  void run(const float* first, const float* second, float* result,
           void* workspace) const {
    const Threads threads;
    dnnl::stream stream(engine());
    void* const data[] = {const_cast<float*>(first),
                          const_cast<float*>(second), result};
    const auto address = reinterpret_cast<size_t>(workspace);
    char* base = reinterpret_cast<char*>(
        (address + kAlignment - 1) / kAlignment * kAlignment);
    const memory scratchpad(scratchpad_, engine(), base);
    memory mine[3], theirs[3];
    std::unordered_map<int, memory> arguments{
        {DNNL_ARG_SCRATCHPAD, scratchpad}};
    for (int i = 0; i < 3; ++i) {
      const Operand& operand = operands_[i];
      mine[i] = memory(operand.ours, engine(), data[i]);
      theirs[i] = operand.copied()
          ? memory(operand.theirs, engine(), base + operand.offset) : mine[i];
      if (i < 2 && operand.copied())
        reorder(stream, operand, mine[i], theirs[i], scratchpad);
      arguments.emplace(operand.argument, theirs[i]);
    }
    primitive_.execute(stream, arguments);
    if (operands_[2].copied())
      reorder(stream, operands_[2], theirs[2], mine[2], scratchpad);
    stream.wait();
  }

 private:
  struct Want {
    int argument;
    const Dims& dims;
    Desc theirs;
  };

  template <class PrimitiveDesc>
  void set(const PrimitiveDesc& desc, const Want& first, const Want& second,
           const Want& result) {
    size_t scratchpad = desc.scratchpad_desc().get_size();
    const Want* wants[] = {&first, &second, &result};
    for (int i = 0; i < 3; ++i) {
      Operand& operand = operands_[i];
      operand.argument = wants[i]->argument;
      operand.ours = packed(wants[i]->dims);
      operand.theirs = wants[i]->theirs;
      if (!operand.copied()) continue;
      const bool in = i < 2;
      const dnnl::reorder::primitive_desc reorder(
          engine(), in ? operand.ours : operand.theirs, engine(),
          in ? operand.theirs : operand.ours, attributes());
      operand.reorder = dnnl::reorder(reorder);
      scratchpad = std::max(scratchpad, reorder.scratchpad_desc().get_size());
    }
    // The primitives run one after another and share the scratchpad.
    if (scratchpad)
      scratchpad_ = Desc({memory::dim(scratchpad)}, memory::data_type::u8,
                         memory::format_tag::a);
    size_ = scratchpad;
    for (Operand& operand : operands_) {
      if (!operand.copied()) continue;
      size_ = (size_ + kAlignment - 1) / kAlignment * kAlignment;
      operand.offset = size_;
      size_ += operand.theirs.get_size();
    }
  }

  static void reorder(dnnl::stream& stream, const Operand& operand,
                      const memory& from, const memory& to,
                      const memory& scratchpad) {
    operand.reorder.execute(stream, {{DNNL_ARG_FROM, from},
                                     {DNNL_ARG_TO, to},
                                     {DNNL_ARG_SCRATCHPAD, scratchpad}});
  }

  dnnl::primitive primitive_;
  Operand operands_[3];
  Desc scratchpad_;
  size_t size_ = 0;
};

// Guards the plans, and what oneDNN has in common for all primitives: a child
// that is forked while one is being made could make none.
std::mutex planning;
const int registered = wait_in_forks<planning>();

// The plans last used, the latest one first.
class Cache {
 public:
  std::shared_ptr<const Plan> find(const std::string& key) {
    auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    plans_.splice(plans_.begin(), plans_, found->second);
    return plans_.front().second;
  }

  void add(const std::string& key, std::shared_ptr<const Plan> plan) {
    plans_.emplace_front(key, std::move(plan));
    places_[key] = plans_.begin();
    if (plans_.size() > kCachedPlans) {
      places_.erase(plans_.back().first);
      plans_.pop_back();
    }
  }

 private:
  using Plans =
      std::list<std::pair<std::string, std::shared_ptr<const Plan>>>;
  Plans plans_;
  std::unordered_map<std::string, Plans::iterator> places_;
};

}  // namespace

int onednn_threads() {
  // OpenMP's number is 1 in a forked child and must stay so there.
  return std::min(omp_get_max_threads(), thread_count());
}

namespace {

std::shared_ptr<const Plan> plan_for(const Problem& problem) {
  static Cache& cache = *new Cache;  // outlives every user
  const std::string key(reinterpret_cast<const char*>(&problem),
                        sizeof problem);
  std::lock_guard lock(planning);
  std::shared_ptr<const Plan> plan = cache.find(key);
  if (!plan) {
    const Threads threads;
    plan = std::make_shared<Plan>(problem);
    cache.add(key, plan);
  }
  return plan;
}

}  // namespace

size_t workspace_size(const Problem& problem) {
  return plan_for(problem)->workspace();
}

void convolve(const Problem& problem, const float* first, const float* second,
              float* result, void* workspace) {
  plan_for(problem)->run(first, second, result, workspace);
}

}  // namespace cupy_host::dnn
