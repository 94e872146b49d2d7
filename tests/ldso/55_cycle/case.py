RULE = "libraries that need each other are loaded once each"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so", needs=["libb.so"])
    t.lib("/a/libb.so", needs=["libc1.so", "liba.so"])
    t.lib("/a/libc1.so", needs=["liba.so", "libc1.so"])
    t.program("/app/p", needs=["liba.so"], rpath="/a")
    t.expect("libc1.so", "/a/libc1.so", "rpath")
