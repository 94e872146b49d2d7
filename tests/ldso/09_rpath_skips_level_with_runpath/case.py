RULE = "a library with DT_RUNPATH between two others hides only itself, not the DT_RPATH above it"


def build(t):
    t.use_glibc()
    t.lib("/rpath/liba.so", needs=["libb.so"], runpath="/runpath")
    t.lib("/runpath/libb.so", needs=["libc1.so"])
    t.lib("/rpath/libc1.so")
    t.lib("/usr/lib/libc1.so")
    t.program("/app/p", needs=["liba.so"], rpath="/rpath")
    t.expect("libc1.so", "/rpath/libc1.so", "rpath")
