RULE = "a copy in a legacy hwcaps folder (glibc before 2.37) is named, the baseline is taken"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so")
    t.lib("/a/tls/x86_64/liba.so")
    t.lib("/a/x86_64/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/a")
    t.expect("liba.so", "/a/liba.so", "runpath")
    t.preferred["liba.so"] = "/a/tls/x86_64/liba.so"
