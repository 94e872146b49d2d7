#include "knowledge/drivers.h"

#include <doctest/doctest.h>

using bundle::knowledge::is_driver;
using bundle::knowledge::TargetHas;

TEST_CASE("what only a driver's installation can bring") {
  for (const char* name :
       {"libcuda.so.1", "libcuda.so", "libcuda.so.535.54.03", "libnvidia-ml.so.1", "libnvidia-encode.so.1",
        "libnvcuvid.so.1", "libcudadebugger.so.1", "libnvoptix.so.1", "libGLX_nvidia.so.0"}) {
    CAPTURE(name);
    CHECK(is_driver(name));
  }
  for (const char* name : {"libcudart.so.12", "libcublas.so.12", "libGL.so.1", "libEGL.so.1", "libGLX_mesa.so.0",
                           "libvulkan.so.1", "libOpenCL.so.1", "libcudnn.so.8", "xlibcuda.so.1", "libva.so.2", ""}) {
    CAPTURE(name);
    CHECK_FALSE(is_driver(name));
  }
}

TEST_CASE("by the user's word: names and globs") {
  const TargetHas target{false, {"libGL.so.1", "libfoo*"}};
  CHECK(target.has("libGL.so.1"));
  CHECK(target.has("libfoobar.so.7"));
  CHECK_FALSE(target.has("libGL.so.2"));
  CHECK_FALSE(target.has("libcuda.so.1"));
  CHECK(TargetHas{true, {}}.has("libcuda.so.1"));
}
