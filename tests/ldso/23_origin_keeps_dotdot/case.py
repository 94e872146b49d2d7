RULE = "a folder reached over .. keeps it in every $ORIGIN below"


def build(t):
    t.use_glibc()
    t.lib("/app/lib/liba.so", needs=["libb.so"], runpath="${ORIGIN}/../lib2")
    t.lib("/app/lib2/libb.so")
    t.program("/app/bin/p", needs=["liba.so"], runpath="$ORIGIN/../lib")
    t.expect("libb.so", "/app/bin/../lib/../lib2/libb.so", "runpath")
