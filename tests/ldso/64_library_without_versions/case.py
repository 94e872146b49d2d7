RULE = "a library without any versions where some are required is a warning only"


def build(t):
    t.use_glibc()
    import os
    source, new = (os.path.join(t.work, name) for name in ("v.c", "new.map"))
    open(source, "w").write("int f(void) { return 1; }\n")
    open(new, "w").write("V_1 { global: f; };\n")
    stub = os.path.join(t.work, "libv.so")
    t.run("gcc", "-shared", "-fPIC", "-nostdlib", "-Wl,-soname,libv.so", f"-Wl,--version-script={new}", "-o", stub, source)
    t.run("gcc", "-shared", "-fPIC", "-nostdlib", "-Wl,-soname,libv.so", "-o", t.at("/a/libv.so"), source)
    user = os.path.join(t.work, "u.c")
    open(user, "w").write("int f(void); int g(void) { return f(); }\n")
    t.run("gcc", "-shared", "-fPIC", "-nostdlib", "-Wl,-soname,libu.so", "-o", t.at("/a/libu.so"), user, stub)
    t.program("/app/p", needs=["libu.so"], rpath="/a")
    t.expect_said('"fatal": false')
