#include "nvrtc_options.h"

#include <cstring>

#include "launch.h"

namespace cupy_host {

namespace {

enum Meaning {
  // With a value:
  include_folder,  // -I
  define,          // -D
  undefine,        // -U
  pre_include,     // -include
  standard,
  contraction,     // fused multiply-add
  denormals,       // flushed to zero
  ignored_value,   // of no concern to a CPU, or always so on it
  // Without:
  debug,
  fast_math,
  ignored,
};

struct Option {
  const char* name;
  Meaning meaning;
};

bool has_value(Meaning meaning) { return meaning <= ignored_value; }

// Long names are also known with one dash, as by NVRTC.
const Option known[] = {
    {"gpu-architecture", ignored_value},
    {"arch", ignored_value},
    {"include-path", include_folder},
    {"I", include_folder},
    {"define-macro", define},
    {"D", define},
    {"undefine-macro", undefine},
    {"U", undefine},
    {"pre-include", pre_include},
    {"include", pre_include},
    {"std", standard},
    {"fmad", contraction},
    {"ftz", denormals},
    {"prec-div", ignored_value},
    {"prec-sqrt", ignored_value},
    {"maxrregcount", ignored_value},
    {"relocatable-device-code", ignored_value},
    {"rdc", ignored_value},
    {"ptxas-options", ignored_value},
    {"Xptxas", ignored_value},
    {"device-debug", debug},
    {"G", debug},
    {"use_fast_math", fast_math},
    {"generate-line-info", ignored},
    {"lineinfo", ignored},
    {"device-c", ignored},
    {"dc", ignored},
    {"device-w", ignored},
    {"dw", ignored},
    {"extra-device-vectorization", ignored},
    {"disable-warnings", ignored},
    {"w", ignored},
    {"restrict", ignored},
    {"device-as-default-execution-space", ignored},
    {"default-device", ignored},
};

// Finds the option that a word is, with its value if that is in the word:
// --name, --name=value, and -Ivalue for names of one letter.
const Option* find_option(const std::string& word, std::string* value) {
  if (word.size() < 2 || word[0] != '-') return nullptr;
  const std::string text = word.substr(word[1] == '-' ? 2 : 1);
  for (const Option& option : known) {
    const size_t length = std::strlen(option.name);
    if (text.compare(0, length, option.name)) continue;
    if (text.size() == length) return &option;
    if (!has_value(option.meaning)) continue;
    if (text[length] == '=')
      *value = text.substr(length + 1);
    else if (length == 1)
      *value = text.substr(1);
    else
      continue;
    return &option;
  }
  return nullptr;
}

// The header of this side needs C++17.
std::string standard_flag(const std::string& wanted) {
  for (const char* old : {"c++03", "c++11", "c++14"})
    if (wanted == old) return "-std=c++17";
  return "-std=" + wanted;
}

void translate(Meaning meaning, const std::string& value, Options* options) {
  std::vector<std::string>& words = options->compiler;
  switch (meaning) {
    case include_folder: words.push_back("-I" + value); break;
    case define: words.push_back("-D" + value); break;
    case undefine: words.push_back("-U" + value); break;
    case pre_include:
      words.insert(words.end(), {"-include", value});
      break;
    case standard: words.push_back(standard_flag(value)); break;
    case contraction:
      if (value == "false") words.push_back("-ffp-contract=off");
      break;
    case denormals:
      if (value == "true") options->kernel_flags |= CUH_FLUSH_DENORMALS;
      break;
    case debug: words.insert(words.end(), {"-O0", "-g3"}); break;
    case fast_math:
      // -ffast-math would go further than CUDA's does: it reorders sums
      // and takes NaN and infinity to be impossible.
      words.push_back("-freciprocal-math");
      options->kernel_flags |= CUH_FLUSH_DENORMALS;
      break;
    case ignored_value:
    case ignored:
      break;
  }
}

}  // namespace

std::string translate_options(const std::vector<std::string>& words,
                              Options* options) {
  options->compiler.push_back("-std=c++17");
  for (size_t i = 0; i < words.size(); ++i) {
    std::string value;
    const Option* option = find_option(words[i], &value);
    if (!option)
      return "nvrtc: error: unrecognized option " + words[i] + " found\n";
    if (has_value(option->meaning) && value.empty()) {
      if (i + 1 == words.size())
        return "nvrtc: error: option " + words[i] + " needs a value\n";
      value = words[++i];
    }
    translate(option->meaning, value, options);
  }
  return "";
}

}  // namespace cupy_host
