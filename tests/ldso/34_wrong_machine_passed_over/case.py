RULE = "a library of another machine is passed over, the search goes on"


def build(t):
    t.use_glibc()
    t.lib("/first/liba.so", machine="aarch64")
    t.lib("/second/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/first:/second")
    t.expect("liba.so", "/second/liba.so", "runpath")
    t.expect_said("is for aarch64")
