RULE = "where there is no baseline, the copy for newer processors is what the loader takes"


def build(t):
    t.use_glibc()
    t.lib("/a/glibc-hwcaps/x86-64-v2/liba.so")
    t.lib("/usr/lib/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/a")
    t.expect("liba.so", "/a/glibc-hwcaps/x86-64-v2/liba.so", "runpath")
