"""How many devices Vulkan offers, asked before anything draws: open3d ends the process where there is none.

Source: Vulkan 1.0 specification, VkInstanceCreateInfo, vkEnumeratePhysicalDevices.
"""

from __future__ import annotations

import ctypes
import sys

LIBRARIES = {"win32": "vulkan-1.dll", "darwin": "libvulkan.1.dylib"}
STRUCTURE_TYPE_INSTANCE_CREATE_INFO = 1


class _InstanceCreateInfo(ctypes.Structure):
    _fields_ = (
        ("sType", ctypes.c_int),
        ("pNext", ctypes.c_void_p),
        ("flags", ctypes.c_uint32),
        ("pApplicationInfo", ctypes.c_void_p),
        ("enabledLayerCount", ctypes.c_uint32),
        ("ppEnabledLayerNames", ctypes.c_void_p),
        ("enabledExtensionCount", ctypes.c_uint32),
        ("ppEnabledExtensionNames", ctypes.c_void_p),
    )


def device_count() -> int:
    """Devices that can draw; 0 where there is no Vulkan at all."""
    try:
        vulkan = ctypes.CDLL(LIBRARIES.get(sys.platform, "libvulkan.so.1"))
    except OSError:
        return 0
    instance = ctypes.c_void_p()
    wanted = _InstanceCreateInfo(sType=STRUCTURE_TYPE_INSTANCE_CREATE_INFO)
    if vulkan.vkCreateInstance(ctypes.byref(wanted), None, ctypes.byref(instance)):
        return 0
    count = ctypes.c_uint32()
    vulkan.vkEnumeratePhysicalDevices(instance, ctypes.byref(count), None)
    vulkan.vkDestroyInstance(instance, None)
    return count.value
