RULE = "a name that is the SONAME of a loaded object is that object"


def build(t):
    t.use_glibc()
    t.lib("/a/liba-1.2.so", soname="liba.so.1")
    t.lib("/usr/lib/liba.so.1")
    t.program("/app/p", needs=["/a/liba-1.2.so", "liba.so.1"])
    t.expect("liba.so.1", "/a/liba-1.2.so", "already-loaded")
