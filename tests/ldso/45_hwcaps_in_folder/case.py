RULE = "the copy for newer processors is named, the baseline is taken"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so")
    t.lib("/a/glibc-hwcaps/x86-64-v2/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/a")
    t.expect("liba.so", "/a/liba.so", "runpath")
    t.preferred["liba.so"] = "/a/glibc-hwcaps/x86-64-v2/liba.so"
