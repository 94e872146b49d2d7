RULE = "versions of a library that goes by the name because another object asked for its SONAME"


def build(t):
    t.use_glibc()
    t.c_lib(t.at("/a/libv.so"), "int f(void) { return 1; }\n", "xlibv.so", versions="V_1 { global: f; };\n")
    t.c_lib(t.at("/a/libu.so"), "int f(void); int g(void) { return f(); }\n", "libu.so", t.at("/a/libv.so"))
    t.point_needed("/a/libu.so", "xlibv.so", 1)
    t.program("/app/p", needs=["libu.so", "libw.so"], rpath="/a")
    t.lib("/a/libw.so", needs=["xlibv.so"])
    t.expect("xlibv.so", "/a/libv.so", "already-loaded")
