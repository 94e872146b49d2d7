RULE = "what the program needs is loaded before what its first library needs"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so", needs=["libx.so"], runpath="/deep")
    t.lib("/deep/libx.so")
    t.lib("/a/libx.so")
    t.program("/app/p", needs=["liba.so", "libx.so"], runpath="/a")
    t.expect("libx.so", "/a/libx.so", "runpath")
