RULE = "musl: a token other than $ORIGIN voids the whole run path"


def build(t):
    t.use_musl()
    t.lib("/a/liba.so")
    t.lib("/usr/lib/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/a:/opt/$LIB")
    t.expect("liba.so", "/usr/lib/liba.so", "default")
