RULE = "without a cache the default folders are searched, the multiarch ones first"


def build(t):
    t.use_glibc()
    t.lib("/lib/x86_64-linux-gnu/liba.so")
    t.lib("/usr/lib/liba.so")
    t.lib("/usr/lib/libb.so")
    t.program("/app/p", needs=["liba.so", "libb.so"])
    t.expect("liba.so", "/lib/x86_64-linux-gnu/liba.so", "default")
    t.expect("libb.so", "/usr/lib/libb.so", "default")
