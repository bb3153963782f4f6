"""Devices: which there are, which one is current, what they can do."""
import operator

from cupy.cuda cimport handles, runtime

from cupy.cuda import runtime

cdef extern from *:
    """
    #include <vector>
    // The devices that were current where this thread's `with` blocks began.
    // They are kept by thread, not by Device, because several threads may be
    // in blocks of one Device.
    static thread_local std::vector<int> cupy_outer_devices;

    static void cupy_push_device(int device) {
      cupy_outer_devices.push_back(device);
    }

    static int cupy_pop_device() {
      if (cupy_outer_devices.empty()) return -1;
      int device = cupy_outer_devices.back();
      cupy_outer_devices.pop_back();
      return device;
    }
    """
    void cupy_push_device(int device) except +
    int cupy_pop_device()


cpdef int get_device_id() except? -1:
    """Returns the number of this thread's current device."""
    return runtime.getDevice()


# What attributes() reads: the names are those of runtime.
_ATTRIBUTES = {
    name[len('devAttr'):]: number for name, number in vars(runtime).items()
    if name.startswith('devAttr')}
_compute_capabilities = {}


cdef class Device:
    """A device, by its number.

    Every thread has a current device: memory is allocated on it, and kernels
    run on it. ``with Device(1):`` makes device 1 the current one, and at the
    end of the block the one that was current before. Such blocks can be
    nested, also those of one and the same object.

    Devices compare, sort and hash by their number, and ``int(device)`` is it.

    Args:
        device (int or Device): Its number. The current device by default.

    Attributes:
        id (int): The number of the device.
    """

    def __init__(self, device=None):
        if device is None:
            self.id = runtime.getDevice()
        elif isinstance(device, Device):
            self.id = (<Device>device).id
        else:
            self.id = operator.index(device)

    def __int__(self):
        return self.id

    def __enter__(self):
        cdef int outer = runtime.getDevice()
        runtime.setDevice(self.id)
        cupy_push_device(outer)
        return self

    def __exit__(self, *args):
        cdef int outer = cupy_pop_device()
        if outer < 0:
            raise RuntimeError('this thread is in no block of a Device')
        runtime.setDevice(outer)

    def use(self):
        """Makes this the current device of the calling thread."""
        runtime.setDevice(self.id)

    def synchronize(self):
        """Waits until the device has done all that was asked of it."""
        with self:
            runtime.deviceSynchronize()

    @property
    def compute_capability(self):
        """The device's generation: ``'75'`` is compute capability 7.5."""
        if self.id not in _compute_capabilities:
            _compute_capabilities[self.id] = '%d%d' % (
                runtime.deviceGetAttribute(
                    runtime.devAttrComputeCapabilityMajor, self.id),
                runtime.deviceGetAttribute(
                    runtime.devAttrComputeCapabilityMinor, self.id))
        return _compute_capabilities[self.id]

    @property
    def cublas_handle(self):
        """The calling thread's cuBLAS handle of the device, an integer."""
        with self:
            return handles.get_cublas_handle()

    @property
    def attributes(self):
        """A dict of what the device can do, as in ``{'WarpSize': 32}``.

        The names are CUDA's, without ``cudaDevAttr``.
        """
        return {name: runtime.deviceGetAttribute(number, self.id)
                for name, number in _ATTRIBUTES.items()}

    @property
    def mem_info(self):
        """The free and all bytes of the device's memory, as a pair."""
        with self:
            return runtime.memGetInfo()

    def __eq__(self, other):
        if not isinstance(other, Device):
            return NotImplemented
        return self.id == (<Device>other).id

    def __lt__(self, other):
        if not isinstance(other, Device):
            return NotImplemented
        return self.id < (<Device>other).id

    def __le__(self, other):
        if not isinstance(other, Device):
            return NotImplemented
        return self.id <= (<Device>other).id

    def __hash__(self):
        return hash(self.id)

    def __repr__(self):
        return f'<CUDA Device {self.id}>'
