RULE = "where there is no baseline, the legacy hwcaps folder's copy is what the loader takes"


def build(t):
    t.use_glibc()
    t.lib("/a/x86_64/liba.so")
    t.lib("/usr/lib/liba.so")
    t.lib("/a/tls/libb.so")
    t.program("/app/p", needs=["liba.so", "libb.so"], runpath="/a")
    t.expect("liba.so", "/a/x86_64/liba.so", "runpath")
    t.expect("libb.so", "/a/tls/libb.so", "runpath")
