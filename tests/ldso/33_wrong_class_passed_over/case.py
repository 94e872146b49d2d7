RULE = "a 32-bit library is passed over, the search goes on"


def build(t):
    t.use_glibc()
    t.lib("/first/liba.so", machine="i386")
    t.lib("/second/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/first:/second")
    t.expect("liba.so", "/second/liba.so", "runpath")
    t.expect_said("is for i386")
