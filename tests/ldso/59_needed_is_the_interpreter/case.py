RULE = "the interpreter is loaded from the start, by path and by SONAME"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so", needs=["ld-linux-x86-64.so.2"])
    t.program("/app/p", needs=["liba.so", "/lib64/ld-linux-x86-64.so.2"], runpath="/a")
    t.expect("ld-linux-x86-64.so.2", "/lib64/ld-linux-x86-64.so.2", "already-loaded")
