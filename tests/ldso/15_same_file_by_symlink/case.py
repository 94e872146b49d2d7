RULE = "a file that is loaded under another path is not loaded again"


def build(t):
    t.use_glibc()
    t.lib("/real/liba.so", soname="")
    t.link("/real/liba.so", "/link/libb.so")
    t.program("/app/p", needs=["liba.so", "libb.so"], runpath="/real:/link")
    t.expect("libb.so", "/real/liba.so", "runpath")
