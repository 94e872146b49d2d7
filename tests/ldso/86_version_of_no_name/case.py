RULE = "versions of a library that nothing goes by the name of: the loader fails an assertion, whatever the SONAME"


def build(t):
    t.use_glibc()
    t.c_lib(t.at("/a/libv.so"), "int f(void) { return 1; }\n", "xlibv.so", versions="V_1 { global: f; };\n")
    t.c_lib(t.at("/a/libu.so"), "int f(void); int g(void) { return f(); }\n", "libu.so", t.at("/a/libv.so"))
    # As tools leave it that change DT_NEEDED alone: the file is found under its new name, and its SONAME is not asked.
    t.point_needed("/a/libu.so", "xlibv.so", 1)
    t.program("/app/p", needs=["libu.so"], rpath="/a")
    t.refused = True
    t.expect_said("/a/libu.so needs version V_1 of xlibv.so")
