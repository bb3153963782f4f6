#include "kernel_text.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <unordered_set>
#include <vector>

#include "launch.h"

namespace cupy_host {

namespace {

typedef std::unordered_set<std::string> Names;

const Names thread_names{"threadIdx", "blockIdx", "blockDim", "gridDim"};
const Names loop_names{"CUPY_FOR", "CUPY_EACH", "CUPY_REDUCE"};
const Names our_headers{"carray.h", "reduction.h"};
// Words that may stand, with arguments, between __global__ and the name.
const Names attributes{"__launch_bounds__", "__attribute__", "alignas",
                       "__maxnreg__", "__cluster_dims__"};
const Names transcendental{
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt",
    "cos", "cosh", "cospi", "erf", "erfc", "erfcinv", "erfinv", "exp",
    "exp10", "exp2", "expm1", "hypot", "j0", "j1", "jn", "lgamma", "log",
    "log10", "log1p", "log2", "normcdf", "normcdfinv", "pow", "rcbrt", "sin",
    "sincos", "sincospi", "sinh", "sinpi", "tan", "tanh", "tgamma", "y0",
    "y1", "yn"};
const Names special{
    "cospi", "cospif", "erfcinv", "erfcinvf", "erfcx", "erfcxf", "erfinv",
    "erfinvf", "normcdf", "normcdff", "normcdfinv", "normcdfinvf",
    "sincospi", "sincospif", "sinpi", "sinpif"};

bool starts_with(const std::string& text, const char* prefix) {
  return text.compare(0, std::strlen(prefix), prefix) == 0;
}

bool needs_fibers(const std::string& word) {
  static const char* const prefixes[] = {
      "__syncthreads", "__syncwarp", "__shfl", "__ballot", "__match_"};
  static const Names words{"__shared__", "__any", "__any_sync", "__all",
                           "__all_sync", "__activemask"};
  if (words.count(word)) return true;
  for (const char* prefix : prefixes)
    if (starts_with(word, prefix)) return true;
  return false;
}

// exp, expf, __expf and __fexpf_rn are one function at three speeds.
bool is_transcendental(std::string word) {
  if (starts_with(word, "__")) word.erase(0, 2);
  if (transcendental.count(word)) return true;
  if (word.empty() || word.back() != 'f') return false;
  word.pop_back();
  return transcendental.count(word) != 0;
}

struct Token {
  enum Kind { word, mark, string } kind;
  std::string text;
  size_t begin, end;
  bool directive;  // stands in a preprocessor line
};

bool word_char(char c) { return std::isalnum((unsigned char)c) || c == '_'; }

// Cuts a text into words, strings and single marks. Numbers count as words.
class Scanner {
 public:
  explicit Scanner(const std::string& text) : text_(text) {}

  std::vector<Token> scan() {
    while (at_ < text_.size()) step();
    return std::move(tokens_);
  }

 private:
  bool at(const char* what) const {
    return text_.compare(at_, std::strlen(what), what) == 0;
  }

  void add(Token::Kind kind, size_t begin) {
    tokens_.push_back({kind, text_.substr(begin, at_ - begin), begin, at_,
                       directive_});
    line_start_ = false;
  }

  void skip_to(const char* what) {
    size_t found = text_.find(what, at_ + 2);
    at_ = found == std::string::npos ? text_.size()
                                     : found + std::strlen(what);
  }

  void quoted(char quote) {
    size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n')
      at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = at_ < text_.size() ? at_ + 1 : text_.size();
    add(Token::string, begin);
  }

  void raw_string(size_t begin) {
    size_t open = text_.find('(', at_);
    if (open == std::string::npos) return quoted('"');
    std::string close = ")" + text_.substr(at_ + 1, open - at_ - 1) + "\"";
    size_t found = text_.find(close, open);
    at_ = found == std::string::npos ? text_.size() : found + close.size();
    add(Token::string, begin);
  }

  void word() {
    size_t begin = at_;
    bool number = std::isdigit((unsigned char)text_[at_]);
    while (at_ < text_.size() &&
           (word_char(text_[at_]) || (number && text_[at_] == '\'')))
      ++at_;
    if (at_ < text_.size() && text_[at_] == '"' && text_[at_ - 1] == 'R' &&
        at_ - begin <= 3)
      return raw_string(begin);
    add(Token::word, begin);
  }

  void step() {
    char c = text_[at_];
    if (c == '\n') {
      line_start_ = true;
      directive_ = false;
      ++at_;
    } else if (at("\\\n")) {
      at_ += 2;
    } else if (std::isspace((unsigned char)c)) {
      ++at_;
    } else if (at("//")) {
      while (at_ < text_.size() && text_[at_] != '\n')
        at_ += at("\\\n") ? 2 : 1;
    } else if (at("/*")) {
      skip_to("*/");
    } else if (c == '"' || c == '\'') {
      quoted(c);
    } else if (word_char(c)) {
      word();
    } else {
      if (c == '#' && line_start_) directive_ = true;
      size_t begin = at_++;
      add(Token::mark, begin);
    }
  }

  const std::string& text_;
  size_t at_ = 0;
  bool line_start_ = true;
  bool directive_ = false;
  std::vector<Token> tokens_;
};

struct Edit {
  size_t begin, end;  // what is replaced
  std::string text;
};

class Analysis {
 public:
  explicit Analysis(const std::string& source)
      : source_(source), tokens_(Scanner(source).scan()) {}

  KernelText run() {
    look_at_words();
    look_at_declarations();
    KernelText result;
    result.kind = kind();
    result.flags = flags_;
    result.special = special_ || foreign_;
    result.waits = fibers_ || foreign_ || reduces_;
    result.exits = exits_ || foreign_;
    result.text = edited();
    return result;
  }

 private:
  const std::string& text(size_t i) const {
    static const std::string none;
    return i < tokens_.size() ? tokens_[i].text : none;
  }

  bool is_word(size_t i) const {
    return i < tokens_.size() && tokens_[i].kind == Token::word;
  }

  // The index of the bracket that closes the one at i.
  size_t closing(size_t i) const {
    const std::string open = text(i);
    const std::string close = open == "(" ? ")" : open == "{" ? "}" : "]";
    std::vector<int> outside;  // the depth where each #if began
    int depth = 0;
    for (; i < tokens_.size(); ++i) {
      if (tokens_[i].directive) {
        // The branches of an #if are alternatives: each starts as deep as
        // the first did.
        if (text(i) == "#") at_directive(text(i + 1), &outside, &depth);
      } else if (text(i) == open) {
        ++depth;
      } else if (text(i) == close && --depth == 0) {
        return i;
      }
    }
    return i;
  }

  static void at_directive(const std::string& name, std::vector<int>* outside,
                           int* depth) {
    if (starts_with(name, "if")) {
      outside->push_back(*depth);
    } else if (outside->empty()) {
      return;
    } else if (starts_with(name, "el")) {
      *depth = outside->back();
    } else if (name == "endif") {
      outside->pop_back();
    }
  }

  void look_at_words() {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (!is_word(i)) continue;
      const std::string& word = text(i);
      indices_ |= thread_names.count(word) != 0;
      fibers_ |= needs_fibers(word);
      reduces_ |= word == "CUPY_REDUCE";
      special_ |= special.count(word) != 0;
      exits_ |= word == "assert" || word == "__trap";
      if (word == "CUPY_WORK") flags_ |= CUH_HAS_WORK;
      if (word == "printf") flags_ |= CUH_PRINTS;
      if (is_transcendental(word)) flags_ |= CUH_TRANSCENDENTAL;
      if (word == "include" && tokens_[i].directive && text(i - 1) == "#")
        foreign_ |= !our_headers.count(included(i + 1));
    }
    if (foreign_) flags_ |= CUH_PRINTS | CUH_TRANSCENDENTAL;
  }

  std::string included(size_t i) const {
    const std::string& first = text(i);
    if (first.size() > 2 && first[0] == '"')
      return first.substr(1, first.size() - 2);
    std::string name;
    for (++i; i < tokens_.size() && tokens_[i].directive && text(i) != ">";
         ++i)
      name += text(i);
    return name;
  }

  void look_at_declarations() {
    std::vector<char> braces;  // for each open one: 'n'amespace, 'C', other
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i].directive) continue;
      const std::string& word = text(i);
      if (word == "{") {
        braces.push_back(brace_kind(i));
      } else if (word == "}") {
        if (!braces.empty()) braces.pop_back();
      } else if (word == "__global__") {
        i = kernel(i, !braces.empty() && braces.back() == 'C');
      } else if (word == "__shared__" || word == "extern") {
        dynamic_shared(i);
      } else if (word == "__device__" && namespace_scope(braces)) {
        device_variable(i);
      }
    }
  }

  static bool namespace_scope(const std::vector<char>& braces) {
    for (char kind : braces)
      if (kind == ' ') return false;
    return true;
  }

  char brace_kind(size_t i) const {
    if (i >= 2 && text(i - 1) == "\"C\"" && text(i - 2) == "extern")
      return 'C';
    if (i >= 1 && text(i - 1) == "namespace") return 'n';
    if (i >= 2 && text(i - 2) == "namespace") return 'n';
    return ' ';
  }

  // Looks at a kernel's declaration; returns the last token that belongs to
  // it. A definition gets its entry right behind, in the same line, so that
  // the entry vanishes with it under an #if.
  size_t kernel(size_t start, bool in_c_block) {
    size_t i = start + 1;
    while (i < tokens_.size() && !(is_word(i) && text(i + 1) == "(" &&
                                   !attributes.count(text(i)))) {
      if (text(i) == "{" || text(i) == ";") return i - 1;
      i = text(i) == "(" ? closing(i) + 1 : i + 1;
    }
    size_t close = closing(i + 1);
    if (text(close + 1) != "{") return close;
    size_t end = closing(close + 1);
    if (end >= tokens_.size()) return close;
    look_at_body(close + 1, end);
    if (!is_template(start)) {
      const char* macro = in_c_block || has_c_linkage(start)
          ? " CUPY_ENTRY(" : " CUPY_MANGLED_ENTRY(";
      edits_.push_back({tokens_[end].end, tokens_[end].end,
                        macro + text(i) + ", \"" +
                            parameters(i + 2, close) + "\")"});
    }
    return close;  // the body may declare shared memory
  }

  void look_at_body(size_t begin, size_t end) {
    ++kernels_;
    for (size_t i = begin; i < end; ++i)
      if (loop_names.count(text(i))) {
        ++loops_;
        return;
      }
  }

  // Looks back from __global__ to where the declaration begins.
  bool is_template(size_t i) const {
    while (i > 0 && text(i) != ";" && text(i) != "}" && text(i) != "{" &&
           !tokens_[i].directive)
      if (text(--i) == "template") return true;
    return false;
  }

  bool has_c_linkage(size_t i) const {
    while (i > 0 && text(i) != ";" && text(i) != "}" && text(i) != "{" &&
           !tokens_[i].directive)
      if (text(--i) == "\"C\"") return true;
    return false;
  }

  // The names of a parameter list: the last word of each item that is not
  // in angle brackets or behind a square one.
  std::string parameters(size_t begin, size_t end) const {
    std::string names, last;
    int angles = 0, words = 0;
    bool named = true;
    for (size_t i = begin; i <= end; ++i) {
      if (i == end || (text(i) == "," && angles == 0)) {
        if (i > begin && !(words == 1 && last == "void"))
          names += (names.empty() ? "" : ",") + last;
        last.clear();
        words = 0;
        named = true;
      } else if (text(i) == "<") {
        ++angles;
      } else if (text(i) == ">") {
        --angles;
      } else if (text(i) == "[") {
        named = false;
      } else if (is_word(i) && angles == 0 && named) {
        last = text(i);
        ++words;
      }
    }
    return names;
  }

  // extern __shared__ T s[]; becomes one more name of the one array.
  void dynamic_shared(size_t i) {
    bool first = text(i) == "extern" && text(i + 1) == "__shared__";
    bool second = text(i) == "__shared__" && text(i + 1) == "extern";
    if (!first && !second) return;
    edits_.push_back({tokens_[i].begin, tokens_[i + 1].end,
                      "extern __thread"});
    for (size_t k = i + 2; k < tokens_.size(); ++k) {
      if (text(k) == "," || text(k) == ";")
        edits_.push_back({tokens_[k].begin, tokens_[k].begin,
                          " CUH_DYNAMIC_SHARED"});
      if (text(k) == ";") break;
    }
    dynamic_ = true;
  }

  // A variable is what has no parameter list; it is exported as those in
  // constant memory are.
  void device_variable(size_t i) {
    for (size_t k = i + 1; k < tokens_.size(); ++k) {
      const std::string& mark = text(k);
      if (mark == "(" && attributes.count(text(k - 1))) {
        k = closing(k);
      } else if (mark == "(" || mark == "operator") {
        return;
      } else if (mark == ";" || mark == "=" || mark == "[" || mark == "{") {
        edits_.push_back({tokens_[i].begin, tokens_[i].end,
                          "__constant__"});
        return;
      }
    }
  }

  int kind() const {
    if (fibers_) return CUH_FIBERS;
    if (!indices_ && kernels_ && loops_ == kernels_) return CUH_CHUNKED;
    // A reduction that is not chunked waits, in its header.
    return foreign_ || reduces_ ? CUH_FIBERS : CUH_LOOP;
  }

  std::string edited() {
    std::stable_sort(edits_.begin(), edits_.end(),
                     [](const Edit& a, const Edit& b) {
                       return a.begin < b.begin;
                     });
    std::string result;
    size_t at = 0;
    for (const Edit& edit : edits_) {
      result.append(source_, at, edit.begin - at);
      result += edit.text;
      at = edit.end;
    }
    result.append(source_, at, std::string::npos);
    if (dynamic_) result += "\nCUH_DYNAMIC_SHARED_STORAGE\n";
    return result;
  }

  const std::string& source_;
  const std::vector<Token> tokens_;
  std::vector<Edit> edits_;
  int flags_ = 0;
  int kernels_ = 0, loops_ = 0;
  bool indices_ = false, fibers_ = false, foreign_ = false;
  bool reduces_ = false;
  bool special_ = false, exits_ = false, dynamic_ = false;
};

}  // namespace

KernelText analyse(const std::string& source) {
  return Analysis(source).run();
}

}  // namespace cupy_host
