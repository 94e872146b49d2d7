#!/usr/bin/env python3
"""Text is drawn as it is here: by the default families, by the names that documents use, by PDF's standard fonts that are not
embedded, by a program's own list of fonts. In an empty root with Lambda's LANG, without HOME, and without a word on stderr."""
from field import ELSEWHERE, LAMBDA, PREFIX, FieldCase, in_root, main, run
from sandbox import installed

THERE = {**LAMBDA, "LANG": "en_US.UTF-8"}
HERE = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
FACES = ["Arial:bold", "serif:italic", "monospace", "sans-serif", "Helvetica", "Times New Roman:italic", "Courier New:bold",
         "no such family"]
STANDARD = ["Helvetica", "Helvetica-Bold", "Times-Roman", "Times-BoldItalic", "Courier", "Courier-Oblique",
            "Symbol", "ZapfDingbats"]


def svg():
    lines = []
    for i, face in enumerate(FACES):
        family, _, style = face.partition(":")
        extra = {"bold": 'font-weight="bold"', "italic": 'font-style="italic"'}.get(style, "")
        lines.append(f'<text x="8" y="{30 * i + 24}" font-size="20" font-family="{family}" {extra}>Hamburgefonstiv 0123</text>')
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="320" height="{30 * len(FACES)}">{"".join(lines)}</svg>'


def pdf():
    """One page of PDF's standard fonts, none of them embedded."""
    text = "".join(f"BT /F{i} 18 Tf 20 {220 - 26 * i} Td (Hamburgefonstiv {i}) Tj ET\n" for i in range(len(STANDARD)))
    names = " ".join(f"/F{i} {5 + i} 0 R" for i in range(len(STANDARD)))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 240] /Contents 4 0 R /Resources << /Font << {names} >> >> >>",
               f"<< /Length {len(text)} >>\nstream\n{text}endstream"]
    objects += [f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} >>" for name in STANDARD]
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    return f"{out}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}" \
           f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"


class Fonts(FieldCase):
    def draws(self, layer, program, *arguments, inputs=(), at=(PREFIX, ELSEWHERE)):
        """`program` writes the same picture as here on stdout, pixel by pixel, and nothing on stderr."""
        binds = []
        for name, content in inputs:
            (self.scratch / name).write_text(content)
            binds.append((self.scratch / name, f"/tmp/{name}"))
        path = installed(program)
        # Under the same path here as there: a few programs write it into what they make.
        here = run(["bwrap", "--bind", "/", "/", "--dev", "/dev", "--tmpfs", "/tmp",
                    *[part for source, inside in binds for part in ("--ro-bind", source, inside)], path, *arguments], env=HERE)
        self.assertEqual((here.status, here.err), (0, b""), here)
        (self.scratch / "here.png").write_bytes(here.out)
        colours = run(["identify", "-format", "%k", self.scratch / "here.png"], env=HERE)
        self.assertGreater(int(colours.out), 2, "nothing is drawn here: " + colours.text)
        for place in at:
            with self.subTest(program=program, at=place):
                there = in_root([f"{place}/bin/{program}", *arguments], layer, at=place, env=THERE, binds=binds)
                self.assertEqual((there.status, there.err), (0, b""), there)
                (self.scratch / "there.png").write_bytes(there.out)
                compared = run(["compare", "-metric", "AE", self.scratch / "here.png", self.scratch / "there.png", "null:"], env=HERE)
                self.assertEqual(compared.text.strip(), "0", "pixels that differ")

    def test_svg(self):
        layer = self.folder(installed("rsvg-convert"), timeout=600)
        self.draws(layer, "rsvg-convert", "/tmp/in.svg", inputs=[("in.svg", svg())])

    def test_no_place_for_a_cache_is_shared_away_from_lambda(self):
        """/tmp is everybody's there: no cache is kept in it, and nothing is said of it."""
        layer = self.folder(installed("rsvg-convert"), "--prefix", "/srv/text", timeout=600)
        self.draws(layer, "rsvg-convert", "/tmp/in.svg", inputs=[("in.svg", svg())], at=("/srv/text",))
        settings = next(layer.glob("lib/*/root/etc/fonts/fonts.conf")).read_text()
        self.assertNotIn("<cachedir>/tmp", settings)

    def test_pdf(self):
        layer = self.folder(installed("pdftoppm"), timeout=600)
        self.draws(layer, "pdftoppm", "-png", "-r", "72", "-singlefile", "/tmp/in.pdf", inputs=[("in.pdf", pdf())])

    def test_label(self):
        """ImageMagick's default font is of its own list, by the name of its file."""
        layer = self.folder("/usr/bin/convert", timeout=900)
        self.draws(layer, "convert", "-pointsize", "20", "label:Hamburgefonstiv 0123", "png:-")
        self.draws(layer, "convert", "-pointsize", "20", "-font", "DejaVu-Serif-Bold", "label:Hamburgefonstiv", "png:-", at=(PREFIX,))

    def test_an_explicit_set_holds(self):
        for name, options in (("usual", ()), ("bare", ("--no-discover",))):
            layer = self.folder(installed("jq"), "--fonts", "usual", *options, name=name)
            root = next(layer.glob("lib/*/root"))
            self.assertTrue((root / "etc/fonts/fonts.conf").exists(), name)
            told = run(["fc-match", "-f", "%{file}", "sans-serif"], env=HERE)
            self.assertTrue((root / told.out.decode().lstrip("/")).exists(), (name, told))

    def test_within_the_limit(self):
        """The libraries of ffmpeg are near Lambda's limit: what it may lack goes, and text does not."""
        layer = self.folder(installed("ffmpeg"), timeout=900)
        self.assertLess(sum(path.stat().st_size for path in layer.rglob("*") if path.is_file()), 262_144_000)
        drawn = ["-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i", "color=white:s=320x64:d=1", "-vf",
                 "drawtext=text=Hamburgefonstiv:fontsize=24:x=8:y=16:font=Sans", "-frames:v", "1", "-f", "image2pipe",
                 "-c:v", "png", "-"]
        self.draws(layer, "ffmpeg", *drawn, at=(PREFIX,))


main()
