RULE = "glibc-hwcaps folders come before the legacy ones, a later folder's legacy copy after the baseline"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so")
    t.lib("/a/x86_64/liba.so")
    t.lib("/a/glibc-hwcaps/x86-64-v2/liba.so")
    t.lib("/b/libb.so")
    t.lib("/c/tls/libb.so")
    t.program("/app/p", needs=["liba.so", "libb.so"], runpath="/a:/b:/c")
    t.expect("liba.so", "/a/liba.so", "runpath")
    t.preferred["liba.so"] = "/a/glibc-hwcaps/x86-64-v2/liba.so"
    t.expect("libb.so", "/b/libb.so", "runpath")
