"""What jobs read, made here: documents, pages and pictures with text in the usual fonts, none of which is in the file."""

import io
import zipfile

WORDS = "Grüße aus Zürich: 3 €, naïve façade – “quoted”"


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def docx(times=1):
    """A letter of three paragraphs, each in another font; again and again."""
    def paragraph(font, text):
        return f'<w:p><w:r><w:rPr><w:rFonts w:ascii="{font}" w:hAnsi="{font}"/><w:sz w:val="28"/></w:rPr><w:t>{text}</w:t></w:r></w:p>'
    body = paragraph("Times New Roman", WORDS) + paragraph("Arial", "A second line") + paragraph("Courier New", "and a third.")
    body *= times
    return zipped({
        "[Content_Types].xml":
            '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/word/document.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels":
            '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="rId1" Target="word/document.xml" '
            'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>',
        "word/document.xml":
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            f"<w:body>{body}</w:body></w:document>"})


# A slide, from which this machine's LibreOffice makes the pptx.
SLIDE = ('<?xml version="1.0" encoding="UTF-8"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
         'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
         'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" office:version="1.2" '
         'office:mimetype="application/vnd.oasis.opendocument.presentation"><office:body><office:presentation>'
         '<draw:page draw:name="one"><draw:frame svg:x="2cm" svg:y="2cm" svg:width="20cm" svg:height="4cm"><draw:text-box>'
         f"<text:p>{WORDS}</text:p></draw:text-box></draw:frame></draw:page></office:presentation></office:body></office:document>")


def pdf():
    """A page in four of PDF's standard fonts, none of them in the file."""
    fonts = ("Helvetica", "Times-Roman", "Courier-Bold", "Helvetica-Oblique")
    lines = " ".join(f"/F{number} 24 Tf 1 0 0 1 40 {220 - 50 * number} Tm (Hello from {font}) Tj" for number, font in enumerate(fonts))
    content = f"BT {lines} ET"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 500 260] /Contents 4 0 R /Resources << /Font << "
               + " ".join(f"/F{number} {number + 5} 0 R" for number in range(len(fonts))) + " >> >> >>",
               f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
               *(f"<< /Type /Font /Subtype /Type1 /BaseFont /{font} >>" for font in fonts)]
    text, places = "%PDF-1.4\n", []
    for number, each in enumerate(objects):
        places.append(len(text))
        text += f"{number + 1} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    return (text + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n"
            f"startxref\n{len(text)}\n%%EOF\n").encode()


PAGE = ("<!DOCTYPE html><html><head><meta charset='utf-8'><title>A page</title><style>body { width: 600px } .s { font-family: serif } "
        ".a { font-family: Arial, sans-serif } .m { font-family: monospace }</style></head><body>"
        f"<h1>A title</h1><p>{WORDS}</p><p class='s'>serif</p><p class='a'>Arial or sans</p><p class='m'>monospace</p>"
        "<img src='picture.png' alt='a picture'><p><a href='https://example.org/'>a link</a></p></body></html>")


def svg(*families):
    """Words in these fonts, one of them bold."""
    lines = "".join(f'<text x="10" y="{40 + 40 * number}" font-family="{family}" font-size="24" font-weight="{weight}">{family}: Grüße</text>'
                    for number, (family, weight) in enumerate(zip(families or ("sans-serif", "serif", "monospace"), ("normal", "bold", "normal"))))
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="420" height="160"><rect width="420" height="160" fill="white"/>{lines}</svg>'


SUBTITLES = "1\n00:00:00,000 --> 00:00:02,000\nGrüße: <i>subtitles</i>\n\n"

POINTS = ('{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"London"},'
          '"geometry":{"type":"Point","coordinates":[-0.1276,51.5072]}}]}')

MARKDOWN = ("---\ntitle: A title\n---\n\n# First\n\nSome *text* and `code`, $x^2 + \\frac{1}{2}$: Grüße, Zürich.\n\n"
            "| a | b |\n|---|---|\n| 1 | 2 |\n\n> A quotation\n\n1. one\n2. two\n")

LATEX = ("\\documentclass{article}\n\\usepackage[utf8]{inputenc}\n\\usepackage{amsmath}\n\\usepackage{graphicx}\n"
         "\\begin{document}\nGrüße aus Zürich: \\textbf{bold}, \\textit{italic}, \\texttt{mono}.\n"
         "\\begin{align} a^2 + b^2 &= c^2 \\end{align}\n\\end{document}\n")

# Draws with Java2D, by logical fonts and one that is nobody's.
JAVA_PICTURE = ("import java.awt.*;\nimport java.awt.image.BufferedImage;\nimport java.io.File;\n"
                "class Picture { public static void main(String[] a) throws Exception {\n"
                "  System.setProperty(\"java.awt.headless\", \"true\");\n"
                "  BufferedImage i = new BufferedImage(320, 160, BufferedImage.TYPE_INT_RGB); Graphics2D g = i.createGraphics();\n"
                "  g.setColor(Color.WHITE); g.fillRect(0, 0, 320, 160); g.setColor(Color.BLACK);\n"
                "  int y = 30; for (String f : new String[] {\"SansSerif\", \"Serif\", \"Monospaced\", \"Nobody's\"}) {\n"
                "    g.setFont(new Font(f, Font.PLAIN, 22)); g.drawString(f + \": Gr\\u00fc\\u00dfe\", 10, y); y += 35; }\n"
                "  javax.imageio.ImageIO.write(i, \"png\", new File(a[0])); } }\n")
JAVA_WORDS = ("import java.nio.charset.Charset;\nimport java.time.*;\nclass Words { public static void main(String[] a) throws Exception {\n"
              "  System.out.println(Charset.defaultCharset() + \" \" + System.getProperty(\"sun.jnu.encoding\") + \" Gr\\u00fc\\u00dfe \" + a[0]);\n"
              "  System.out.println(Charset.forName(\"windows-1252\") + \" \" + Charset.forName(\"Shift_JIS\"));\n"
              "  System.out.println(ZonedDateTime.of(2024, 7, 1, 12, 0, 0, 0, ZoneId.of(\"America/New_York\")) + \" \" + ZoneId.systemDefault());\n"
              "  System.out.println(new java.io.File(\"\\u00e4.txt\").exists()); } }\n")

SHARP = ("const sharp = require('sharp');\n"
         "sharp(process.argv[2]).png().toFile(process.argv[3]).then(i => console.log(i.width, i.height, i.format));\n")
CANVAS = ("const { createCanvas } = require('@napi-rs/canvas');\nconst c = createCanvas(320, 120), g = c.getContext('2d');\n"
          "g.fillStyle = 'white'; g.fillRect(0, 0, 320, 120); g.fillStyle = 'black';\n"
          "[%s].forEach((f, i) => {\n"
          "  g.font = `22px ${f}`; g.fillText(`${f}: Gr\u00fc\u00dfe`, 10, 30 + 35 * i); });\n"
          "require('fs').writeFileSync(process.argv[2], c.toBuffer('image/png'));\n")
RESVG = ("const { Resvg } = require('@resvg/resvg-js');\nconst fs = require('fs');\n"
         "fs.writeFileSync(process.argv[3], new Resvg(fs.readFileSync(process.argv[2], 'utf8')).render().asPng());\n")


def canvas(families):
    """Lines of text by the names that node's canvas is given."""
    return CANVAS % ", ".join(f"'{family}'" for family in families)
