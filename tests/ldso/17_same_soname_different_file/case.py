RULE = "a path in DT_NEEDED may bring a second file of a SONAME that is loaded"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so")
    t.lib("/b/liba.so")
    t.program("/app/p", needs=["/a/liba.so", "/b/liba.so"])
    t.expect("/b/liba.so", "/b/liba.so", "path")
