// See drivers.h. The names are those of NVIDIA's driver (its README, "Installed Components") and of WSL's.
#include "knowledge/drivers.h"

#include <elf.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "base/file.h"

namespace bundle::knowledge {

namespace {

constexpr std::array drivers = {
    "libcuda.so*",          // the driver's half of CUDA; libcudart and the rest are ordinary libraries
    "libcudadebugger.so*",  //
    "libnvidia-*.so*",      // libnvidia-ml, -encode, -opticalflow, -ptxjitcompiler …
    "libnvcuvid.so*",       // video decoding
    "libnvoptix.so*",       //
    "libGLX_nvidia.so*",    // what GLVND's libraries open
    "libEGL_nvidia.so*",    //
    "libGLES*_nvidia.so*",  //
    "libvdpau_nvidia.so*",  //
    "libdxcore.so",         // WSL's way to the host's driver
};

constexpr std::array<std::string_view, 8> drivers_folders = {
    "/dri",               // Mesa's and libva's, /usr/lib/TRIPLET/dri
    "/vdpau",             //
    "/gbm",               //
    "/egl_vendor.d",      // GLVND's, /usr/share/glvnd and /etc/glvnd
    "/vulkan/icd.d",      // and what Vulkan puts between
    "/implicit_layer.d",  //
    "/explicit_layer.d",  //
    "/OpenCL/vendors",    //
};

struct Elsewhere {
  std::string_view folder;  // a path, or a part of one between slashes
  std::string_view name;    // how a file's there begins; empty: any
  std::string_view use;
};
constexpr std::array<Elsewhere, 6> elsewhere = {{
    {"/usr/share/X11/", "", "an X server, its keyboards and input methods"},
    {"/usr/share/alsa/", "", "sound cards"},
    {"/sasl2/", "libsasldb.so", "servers that keep passwords of their own"},
    {"/pkcs11/", "p11-kit-client.so", "tokens of another machine"},
    {"", "libcups.so", "printers"},
    {"", "libatk-wrapper.so", "screen readers"},
}};

bool matches(const char* glob, const std::string& name) { return ::fnmatch(glob, name.c_str(), 0) == 0; }

}  // namespace

bool is_driver(std::string_view name) {
  const std::string text(name);
  return std::any_of(drivers.begin(), drivers.end(), [&](const char* glob) { return matches(glob, text); });
}

bool is_drivers_folder(std::string_view folder) {
  return std::any_of(drivers_folders.begin(), drivers_folders.end(),
                     [&](std::string_view end) { return folder.ends_with(end); });
}

std::string_view use_elsewhere(std::string_view path) {
  for (const Elsewhere& row : elsewhere) {
    if (path.find(row.folder) != std::string_view::npos && base_name(path).starts_with(row.name)) return row.use;
  }
  return {};
}

bool TargetHas::has(std::string_view name) const {
  if (drivers && is_driver(name)) return true;
  const std::string text(name);
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) { return matches(glob.c_str(), text); });
}

std::vector<std::string> library_folders_of_targets(uint16_t e_machine, bool is_64) {
  const char* const triplet = e_machine == EM_X86_64    ? "x86_64-linux-gnu"
                              : e_machine == EM_AARCH64 ? "aarch64-linux-gnu"
                              : e_machine == EM_386     ? "i386-linux-gnu"
                              : e_machine == EM_ARM     ? "arm-linux-gnueabihf"
                                                        : "";
  std::vector<std::string> out;
  const auto add = [&](std::string folder) { out.push_back(std::move(folder)); };
  add("/usr/local/nvidia/lib64");  // where Kubernetes' device plugins mount it
  if (is_64) {
    add("/lib64");
    add("/usr/lib64");
  }
  if (*triplet != '\0') {
    add(std::string("/lib/") + triplet);
    add(std::string("/usr/lib/") + triplet);
  }
  add("/lib");
  add("/usr/lib");
  add("/usr/lib/wsl/lib");
  add("/run/opengl-driver/lib");  // NixOS
  add("/usr/local/lib");
  add("/opt/lib");                // Lambda's layers
  add("/usr/local/cuda/compat");  // last: it replaces an older driver, and only where there is none else
  return out;
}

}  // namespace bundle::knowledge
