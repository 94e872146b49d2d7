RULE = "musl: libc, libm, libpthread and the like are the loader itself"


def build(t):
    t.use_musl()
    t.lib("/a/libm.so.6")
    t.lib("/a/libpthread.so.0")
    t.lib("/a/libmine.so")
    t.program("/app/p", needs=["libm.so.6", "libpthread.so.0", "libmine.so"], runpath="/a")
    t.expect("libm.so.6", "/lib/ld-musl-x86_64.so.1", "already-loaded")
    t.expect("libmine.so", "/a/libmine.so")
