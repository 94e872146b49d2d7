RULE = "DT_RUNPATH serves the object that has it, not what that object loads"


def build(t):
    t.use_glibc()
    t.lib("/runpath/liba.so", needs=["libb.so"])
    t.lib("/runpath/libb.so")
    t.lib("/usr/lib/libb.so")
    t.program("/app/p", needs=["liba.so"], runpath="/runpath")
    t.expect("libb.so", "/usr/lib/libb.so", "default")
