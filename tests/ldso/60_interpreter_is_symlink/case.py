RULE = "the interpreter may be a symlink to the loader"


def build(t):
    t.use_glibc()
    t.link("/lib64/ld-linux-x86-64.so.2", "/odd/ld.so")
    t.lib("/a/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/a", interpreter="/odd/ld.so")
    t.expect("ld.so", "/odd/ld.so", "interpreter")
