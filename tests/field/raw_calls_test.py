#!/usr/bin/env python3
"""Programs that ask the kernel by themselves: certificates and zones are found by variables, which the caller's own win over."""
import os

from field import ELSEWHERE, LAMBDA, PREFIX, FieldCase, in_root, main

CHECKS = r"""
package main

import ("crypto/x509"; "fmt"; "os"; "time")
//C import "C"

func main() {
	pool, err := x509.SystemCertPool()
	zone, failed := time.LoadLocation("Europe/Paris")
	fmt.Println(err == nil && len(pool.Subjects()) > 10, failed == nil && zone.String() == "Europe/Paris", os.Getenv("SSL_CERT_FILE") == "/mine")
}
"""
PLAIN = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("plain") }\n'
STATIC = r"""
#include <stdio.h>
#include <stdlib.h>
int main(void) {
  const char *file = getenv("SSL_CERT_FILE");
  FILE *there = fopen(file == NULL ? "/etc/ssl/certs/ca-certificates.crt" : file, "r");
  puts(there == NULL ? "none" : "there");
  return 0;
}
"""


class RawCalls(FieldCase):
    def go(self, name, source, cgo):
        folder = self.scratch / name
        folder.mkdir()
        (folder / "main.go").write_text(source.replace("//C ", "" if cgo else "// "))
        self.tool("/usr/bin/env", f"GOCACHE={self.scratch}/cache", "GO111MODULE=off", f"CGO_ENABLED={int(cgo)}", "go", "build",
                  "-o", f"{folder}/{name}", f"{folder}/main.go")
        return folder / name

    def test_certificates_and_zones_of_go(self):
        for cgo in (False, True):
            with self.subTest(cgo=cgo):
                layer = self.folder(self.go(f"asks{cgo}", CHECKS, cgo), name=f"layer{cgo}")
                self.assertIn("no SSL_CERT_FILE", self.printed)
                self.assertIn("no ZONEINFO", self.printed)
                self.assertIn("SSL_CERT_FILE=@root@/", next(layer.glob("lib/*/manifest.json")).read_text())
                self.works(layer, f"asks{cgo}", b"true true false")
                mine = in_root([f"{PREFIX}/bin/asks{cgo}"], layer, env={**LAMBDA, "SSL_CERT_FILE": "/mine"})
                self.assertIn(b"true true", mine.out[mine.out.find(b" ") + 1:], "the caller's own is left alone")

    def test_a_variable_of_the_user_wins(self):
        layer = self.folder(self.go("asks", CHECKS, False), "--env", "SSL_CERT_FILE=/mine")
        self.assertTrue(in_root([f"{PREFIX}/bin/asks"], layer).out.strip().endswith(b"true"))

    def test_one_that_reads_neither(self):
        layer = self.folder(self.go("plain", PLAIN, False))
        self.assertEqual([path.name for path in layer.rglob("*") if path.is_file() and "manifest" not in path.name], ["plain"])
        self.works(layer, "plain", b"plain")

    def test_certificates_of_a_static_program(self):
        layer = self.folder(self.compiled("fixed", STATIC, "-static"))
        self.works(layer, "fixed", b"there")


main()
