RULE = "musl: without a path file it is /lib, /usr/local/lib, /usr/lib"


def build(t):
    t.use_musl()
    t.lib("/usr/local/lib/liba.so")
    t.lib("/usr/lib/liba.so")
    t.lib("/usr/lib/libb.so")
    t.program("/app/p", needs=["liba.so", "libb.so"])
    t.expect("liba.so", "/usr/local/lib/liba.so", "default")
    t.expect("libb.so", "/usr/lib/libb.so", "default")
