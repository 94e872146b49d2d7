RULE = "DT_RPATH serves everything below the object that has it"


def build(t):
    t.use_glibc()
    t.lib("/rpath/liba.so", needs=["libb.so"])
    t.lib("/rpath/libb.so", needs=["libc1.so"])
    t.lib("/rpath/libc1.so")
    t.lib("/usr/lib/libc1.so")
    t.program("/app/p", needs=["liba.so"], rpath="/rpath")
    t.expect("libc1.so", "/rpath/libc1.so", "rpath")
