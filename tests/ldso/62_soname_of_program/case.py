RULE = "a name that is the SONAME of the program is the program"


def build(t):
    t.use_glibc()
    t.lib("/usr/lib/libapp.so")
    t.lib("/a/liba.so", needs=["libapp.so"])
    t.program("/app/p", needs=["liba.so"], runpath="/a", soname="libapp.so")
    t.expect("libapp.so", "/app/p", "already-loaded")
