# 64-bit Arm Linux from another Linux: Debian's cross compiler, a folder with the system's libraries for arm64
# (PEAK_SYSROOT, made by scripts/cross), and qemu-user to run what was built. Results have the bits of every other machine.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PEAK_SYSROOT)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

# The compiler brings its own C library; only the other libraries come from the folder.
set(triple aarch64-linux-gnu)
set(CMAKE_LIBRARY_ARCHITECTURE ${triple})
set(CMAKE_FIND_ROOT_PATH ${PEAK_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_SYSROOT ${PEAK_SYSROOT})
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${PEAK_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${PEAK_SYSROOT}/usr/lib/${triple}/pkgconfig:${PEAK_SYSROOT}/usr/share/pkgconfig)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L ${PEAK_SYSROOT})
