RULE = "musl: a SONAME is not a name to be found by"


def build(t):
    t.use_musl()
    t.lib("/a/liba-1.so", soname="liba.so.1")
    t.lib("/usr/lib/liba.so.1")
    t.program("/app/p", needs=["/a/liba-1.so", "liba.so.1"])
    t.expect("liba.so.1", "/usr/lib/liba.so.1", "default")
