RULE = "$LIB is what this loader was built with"


def build(t):
    t.use_glibc()
    t.lib("/opt/x/lib/x86_64-linux-gnu/liba.so")
    t.lib("/opt/x/lib64/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/opt/x/$LIB")
    t.expect("liba.so", "/opt/x/lib/x86_64-linux-gnu/liba.so", "runpath")
