RULE = "a version that the library found does not define keeps the program from starting"


def build(t):
    t.use_glibc()
    import os
    source, old, new = (os.path.join(t.work, name) for name in ("v.c", "old.map", "new.map"))
    open(source, "w").write("int f(void) { return 1; }\n")
    open(old, "w").write("V_1 { global: f; };\n")
    open(new, "w").write("V_1 { };\nV_2 { global: f; } V_1;\n")
    stub = os.path.join(t.work, "libv.so")
    t.run("gcc", "-shared", "-fPIC", "-nostdlib", "-Wl,-soname,libv.so", f"-Wl,--version-script={new}", "-o", stub, source)
    t.run("gcc", "-shared", "-fPIC", "-nostdlib", "-Wl,-soname,libv.so", f"-Wl,--version-script={old}", "-o", t.at("/a/libv.so"), source)
    user = os.path.join(t.work, "u.c")
    open(user, "w").write("int f(void); int g(void) { return f(); }\n")
    t.run("gcc", "-shared", "-fPIC", "-nostdlib", "-Wl,-soname,libu.so", "-o", t.at("/a/libu.so"), user, stub)
    t.program("/app/p", needs=["libu.so"], rpath="/a")
    t.refused = True
    t.expect_said("V_2")
    t.expect_said("/a/libu.so")
