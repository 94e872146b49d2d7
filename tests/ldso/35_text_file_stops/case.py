RULE = "a file of the name that is no ELF file is the end, not passed over"


def build(t):
    t.use_glibc()
    t.file("/first/liba.so", "INPUT(-la)\n" * 20)
    t.lib("/second/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/first:/second")
    t.expect_missing("liba.so")
    t.expect_said("the loader stops there")
