RULE = "a version that the library found does not define keeps the program from starting"


def build(t):
    t.use_glibc()
    function = "int f(void) { return 1; }\n"
    newer = t.c_lib(t.work + "/libv.so", function, "libv.so", versions="V_1 { };\nV_2 { global: f; } V_1;\n")
    t.c_lib(t.at("/a/libv.so"), function, "libv.so", versions="V_1 { global: f; };\n")
    t.c_lib(t.at("/a/libu.so"), "int f(void); int g(void) { return f(); }\n", "libu.so", newer)
    t.program("/app/p", needs=["libu.so"], rpath="/a")
    t.refused = True
    t.expect_said("V_2")
    t.expect_said("/a/libu.so")
