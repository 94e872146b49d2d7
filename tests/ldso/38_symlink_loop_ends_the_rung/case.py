RULE = "a symlink loop ends the search of that run path, the next rung is climbed"


def build(t):
    t.use_glibc()
    t.link("liba.so", "/first/liba.so")
    t.lib("/second/liba.so")
    t.lib("/usr/lib/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/first:/second")
    t.expect("liba.so", "/usr/lib/liba.so", "default")
