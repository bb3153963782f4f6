// The arguments of a call: a list of Python objects that lives on the stack.
#pragma once

#include <Python.h>

#include "few.h"

namespace cupy {

class Objects {
 public:
  Objects() {}
  ~Objects() {
    for (PyObject* object : items_) Py_DECREF(object);
  }

  size_t size() const { return items_.size(); }
  void append(PyObject* object) {
    items_.push_back(object);
    Py_INCREF(object);
  }
  // A new reference.
  PyObject* get(size_t i) const {
    Py_INCREF(items_[i]);
    return items_[i];
  }
  void set(size_t i, PyObject* object) {
    PyObject* before = items_[i];
    Py_INCREF(object);
    items_[i] = object;
    Py_DECREF(before);
  }

 private:
  Few<PyObject*, 8> items_;
};

}  // namespace cupy
