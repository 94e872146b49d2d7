RULE = "musl: $ORIGIN is where the program is, through symlinks, and where a library was found"


def build(t):
    t.use_musl()
    t.program("/real/bin/p", needs=["liba.so"], runpath="$ORIGIN/../lib")
    t.lib("/real/lib/liba.so", needs=["libb.so"], runpath="${ORIGIN}/more")
    t.lib("/real/lib/more/libb.so")
    t.link("/real/bin/p", "/link/p")
    t.program_path = "/link/p"
    t.expect("libb.so", "/real/bin/../lib/more/libb.so", "runpath")
