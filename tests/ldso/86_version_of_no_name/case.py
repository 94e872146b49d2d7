RULE = "versions of a library that nothing goes by the name of: the loader fails an assertion, whatever the SONAME"


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
    # As tools leave it that change DT_NEEDED alone: the file is found under its new name, and its SONAME is not asked.
    os.rename(library, t.at("/a/libv.so"))
    t.point_needed("/a/libu.so", "xlibv.so", 1)
    t.program("/app/p", needs=["libu.so"], rpath="/a")
    t.refused = True
    t.expect_said("/a/libu.so needs version V_1 of xlibv.so")
