RULE = "$ORIGIN of the program is where the file is, not the link that started it"


def build(t):
    t.use_glibc()
    t.program("/real/bin/p", needs=["liba.so"], runpath="$ORIGIN/../lib")
    t.lib("/real/lib/liba.so")
    t.lib("/lib2/lib/liba.so")
    t.link("/real/bin/p", "/lib2/bin/p")
    t.program_path = "/lib2/bin/p"
    t.expect("liba.so", "/real/bin/../lib/liba.so", "runpath")
