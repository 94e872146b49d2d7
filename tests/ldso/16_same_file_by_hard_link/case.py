RULE = "a hard link is the same file too"


def build(t):
    t.use_glibc()
    t.lib("/real/liba.so", soname="")
    t.hard_link("/real/liba.so", "/link/libb.so")
    t.program("/app/p", needs=["liba.so", "libb.so"], runpath="/real:/link")
    t.expect("libb.so", "/real/liba.so", "runpath")
