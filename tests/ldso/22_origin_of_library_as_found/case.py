RULE = "$ORIGIN of a library is the folder it was found in, links and all"


def build(t):
    t.use_glibc()
    t.lib("/real/liba.so", needs=["libb.so"], runpath="$ORIGIN/more")
    t.lib("/real/more/libb.so")
    t.lib("/link/more/libb.so")
    t.link("/real/liba.so", "/link/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/link")
    t.expect("libb.so", "/link/more/libb.so", "runpath")
