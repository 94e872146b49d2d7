RULE = "a token is a whole word; other text with a dollar stays as it is"


def build(t):
    t.use_glibc()
    t.lib("/opt/$ORIGINS/liba.so")
    t.lib("/opt/$/libb.so")
    t.program("/app/p", needs=["liba.so", "libb.so"], runpath="/opt/$ORIGINS:/opt/$")
    t.expect("liba.so", "/opt/$ORIGINS/liba.so", "runpath")
