RULE = "a newline is a character like any other"


def build(t):
    t.use_glibc()
    t.lib("/a/new\nline.so", soname="x")
    t.program("/app/p", needs=["new\nline.so"], runpath="/a")
    t.expect("new\nline.so", "/a/new\nline.so", "runpath")
    real = t.real
    t.real = lambda: [part if i != 1 else "\n".join(part).replace("new\nline", "new\0line").split("\n") for i, part in enumerate(real())]
    t.absolute = lambda path: path.replace("\0", "\n")
