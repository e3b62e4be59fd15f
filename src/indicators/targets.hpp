// Which Highway targets the kernels of this folder leave out. Included before <hwy/foreach_target.h>.
//
// Vectors of unknown length cannot be members of a struct, which quad-inl.hpp needs; machines with SVE take NEON (on
// Arm cmake/PeakCompile.cmake says so for every folder).
#pragma once

#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#endif
