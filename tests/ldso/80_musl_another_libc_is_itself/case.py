RULE = "musl: another libc, opened by path, is the loader itself"


def build(t):
    t.use_musl()
    t.install("/lib/x86_64-linux-gnu/libc.so.6", "/a/other.so")
    t.program("/app/p", needs=["/a/other.so"])
    t.expect("/a/other.so", "/lib/ld-musl-x86_64.so.1")
