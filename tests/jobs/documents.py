"""Jobs on documents: pages, letters, sheets and slides to PDF, and text out of them."""

from inputs import LATEX, MARKDOWN, PAGE, SLIDE, WORDS, docx, pdf
from job import Job, Run, written
from pictures import PICTURE

OFFICE = "libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui"
TEX = "texlive-latex-base texlive-latex-recommended lmodern"
QUIET = ["-env:UserInstallation=file://{out}/profile", "--headless"]


def office(name, content, before=()):
    """A document to PDF by soffice. HOME does not exist on Lambda: whoever starts it there says where its profile is."""
    return Job(["soffice"], [Run([*QUIET, "--convert-to", "pdf", "--outdir", "{out}", f"{{in}}/{name}"])],
               {name.rsplit(".", 1)[0] + ".pdf": "pdf"}, inputs=content, before=list(before), packages=OFFICE)


def made_by_office(kind, source):
    return ["soffice", "-env:UserInstallation=file://{in}/profile", "--headless", "--convert-to", kind, "--outdir", "{in}", f"{{in}}/{source}"]


JOBS = {
    "wkhtmltopdf": Job(["wkhtmltopdf"], [Run(["-q", "--enable-local-file-access", "{in}/page.html", "{out}/page.pdf"])], {"page.pdf": "pdf"},
                       env={"QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": "/tmp"}, inputs={"page.html": PAGE, "picture.png": PICTURE},
                       packages="wkhtmltopdf"),
    "weasyprint": Job(["weasyprint"], [Run(["{in}/page.html", "{out}/page.pdf"])], {"page.pdf": "pdf"},
                      inputs={"page.html": PAGE, "picture.png": PICTURE}, packages="weasyprint"),
    "soffice docx": office("letter.docx", {"letter.docx": docx()}),
    "soffice csv": office("sheet.csv", {"sheet.csv": f"name,amount\n{WORDS.split()[2]},1.5\nb,2\n"}),
    "soffice pptx": office("slides.pptx", {"slides.fodp": SLIDE}, [made_by_office("pptx", "slides.fodp")]),
    "antiword": Job(["antiword"], [Run(["{in}/letter.doc"])], inputs={"letter.docx": docx(40)}, quiet=True,
                    before=[made_by_office("doc", "letter.docx")], packages=f"antiword {OFFICE}"),
    "pdflatex": Job(["pdflatex"], [Run(["-interaction=batchmode", "-output-directory={out}", "{in}/text.tex"])], {"text.pdf": "pdf"},
                    inputs={"text.tex": LATEX}, packages=TEX),
    "pandoc pdf": Job(["pandoc", "pdflatex"], [Run(["{in}/text.md", "-o", "{out}/text.pdf"])], {"text.pdf": "pdf"},
                      inputs={"text.md": MARKDOWN}, packages=TEX),
    "pandoc docx": Job(["pandoc"], [Run(["{in}/text.md", "-o", "{out}/text.docx"]), Run(["{out}/text.docx", "-t", "plain"])],
                       inputs={"text.md": MARKDOWN}, small=True),
    "tesseract pdf": Job(["tesseract"], [Run(["{in}/word.png", "{out}/word", "--psm", "7", "pdf"])], {"word.pdf": "pdf"},
                         inputs={"word.png": written("HELLO")}, small=True),
    "pdftotext": Job(["pdftotext"], [Run(["-layout", "{in}/page.pdf", "-"])], inputs={"page.pdf": pdf()}, packages="poppler-utils"),
}
