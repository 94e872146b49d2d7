RULE = "an object with DT_RUNPATH does not search the DT_RPATH of those above it"


def build(t):
    t.use_glibc()
    t.lib("/rpath/liba.so", needs=["libb.so"], runpath="/runpath")
    t.lib("/rpath/libb.so")
    t.lib("/runpath/libb.so")
    t.program("/app/p", needs=["liba.so"], rpath="/rpath")
    t.expect("libb.so", "/runpath/libb.so", "runpath")
