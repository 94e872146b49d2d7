RULE = "versions of a library that goes by the name because another object asked for its SONAME"


def build(t):
    t.use_glibc()
    import os
    source, script = (os.path.join(t.work, name) for name in ("v.c", "v.map"))
    open(source, "w").write("int f(void) { return 1; }\n")
    open(script, "w").write("V_1 { global: f; };\n")
    library = t.at("/a/xlibv.so")
    t.run("gcc", "-shared", "-fPIC", "-nostdlib", "-Wl,-soname,xlibv.so", f"-Wl,--version-script={script}", "-o", library, source)
    user = os.path.join(t.work, "u.c")
    open(user, "w").write("int f(void); int g(void) { return f(); }\n")
    t.run("gcc", "-shared", "-fPIC", "-nostdlib", "-Wl,-soname,libu.so", "-o", t.at("/a/libu.so"), user, library)
    os.rename(library, t.at("/a/libv.so"))
    t.point_needed("/a/libu.so", "xlibv.so", 1)
    t.program("/app/p", needs=["libu.so", "libw.so"], rpath="/a")
    t.lib("/a/libw.so", needs=["xlibv.so"])
    t.expect("xlibv.so", "/a/libv.so", "already-loaded")
