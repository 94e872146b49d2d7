RULE = "a program whose interpreter is not there does not start"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/a", interpreter="/none/ld.so")
    t.expect_missing("/none/ld.so")
