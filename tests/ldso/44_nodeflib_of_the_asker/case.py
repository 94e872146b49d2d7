RULE = "DF_1_NODEFLIB counts for the object that has it, not for others"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so", needs=["libb.so"])
    t.lib("/usr/lib/libb.so")
    t.program("/app/p", needs=["liba.so"], flags=["nodefaultlib"], runpath="/a:/lib/x86_64-linux-gnu")
    t.expect("libb.so", "/usr/lib/libb.so", "default")
