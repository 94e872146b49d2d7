RULE = "a symlink that leads nowhere is passed over"


def build(t):
    t.use_glibc()
    t.link("/none", "/first/liba.so")
    t.lib("/second/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/first:/second")
    t.expect("liba.so", "/second/liba.so", "runpath")
