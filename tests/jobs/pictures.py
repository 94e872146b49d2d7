"""Jobs that draw: text in pictures and films, pages as pictures, plots."""

from inputs import JAVA_PICTURE, PAGE, RESVG, SHARP, SUBTITLES, WORDS, canvas, pdf, svg
from job import Job, Run, png

PICTURE = png(40, 30, lambda x, y: (x + y) % 7 < 3)
FILM = ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "color=c=white:s=480x160"]
# Debian's policy forbids PDF to ImageMagick; who wants it has changed the file, and brings it.
POLICY = ('<policymap><policy domain="resource" name="memory" value="256MiB"/>'
          '<policy domain="coder" rights="read|write" pattern="PDF"/></policymap>')
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-zygote", "--user-data-dir={out}/profile", "--hide-scrollbars"]
SHELL = "the program and its libraries are 252 MB, and icudtl.dat, without which it does not start, 11"
WALKERS = "it walks /usr/share/fonts by itself, and for a generic name draws boxes here and words in the bundle"
PAGES = {"page.html": PAGE, "picture.png": PICTURE}


def convert(arguments, name="made.png", **more):
    return Job(["convert"], [Run([*arguments, f"{{out}}/{name}"])], {name: "pixels"}, small=True, **more)


def of_npm(package, script, arguments, families=(), **more):
    """A program of Node in a folder with a package of npm's, which is added: it lies where a function's own files do."""
    return Job(["node"], [Run(["{in}/app/draw.js", *arguments])], {"made.png": "pixels"}, packages="npm",
               inputs={"app/draw.js": script, "app/package.json": "{}", "picture.svg": svg(*families)},
               before=[["npm", "--prefix", "{in}/app", "install", "--no-audit", "--no-fund", package]],
               flags=["--add", "{in}/app:/var/task/app"], **more)


JOBS = {
    "ffmpeg drawtext": Job(["ffmpeg"], [Run([*FILM, "-vf", "drawtext=text=Grüße:fontsize=48:x=20:y=40", "-frames:v", "1", "{out}/text.png"])],
                           {"text.png": "pixels"}),
    "ffmpeg subtitles": Job(["ffmpeg"], [Run([*FILM, "-vf", "subtitles={in}/words.srt", "-frames:v", "1", "{out}/text.png"])],
                            {"text.png": "pixels"}, inputs={"words.srt": SUBTITLES}),
    "convert text": convert(["-size", "300x80", "xc:white", "-pointsize", "30", "-draw", "text 10,50 'Grüße'"]),
    "convert font by name": convert(["-size", "400x80", "xc:white", "-font", "DejaVu-Serif", "-pointsize", "30", "-annotate", "+10+50", WORDS]),
    "convert caption": convert(["-size", "200x", "-background", "white", f"caption:{WORDS}"]),
    "convert svg": convert(["{in}/picture.svg"], inputs={"picture.svg": svg()}, packages="librsvg2-bin"),
    "convert pdf": convert(["-density", "72", "{in}/page.pdf", "-background", "white", "-flatten"], inputs={"page.pdf": pdf(), "policy.xml": POLICY},
                           host_binds=[("{in}/policy.xml", "/etc/ImageMagick-6/policy.xml")],
                           flags=["--add", "/etc/ImageMagick-6/policy.xml"]),
    "convert heic": convert(["{in}/picture.heic"], inputs={"picture.png": PICTURE},
                            before=[["heif-enc", "{in}/picture.png", "-o", "{in}/picture.heic"]], packages="libheif-examples"),
    "rsvg-convert": Job(["rsvg-convert"], [Run(["{in}/picture.svg", "-o", "{out}/made.png"])], {"made.png": "pixels"},
                        inputs={"picture.svg": svg("sans-serif", "serif", "monospace")}, small=True),
    "rsvg-convert Arial": Job(["rsvg-convert"], [Run(["{in}/picture.svg", "-o", "{out}/made.png"])], {"made.png": "pixels"},
                              inputs={"picture.svg": svg("Arial", "Times New Roman", "Courier")}, small=True),
    "sharp svg text": of_npm("sharp@0.34", SHARP, ["{in}/picture.svg", "{out}/made.png"]),
    "canvas npm text": of_npm("@napi-rs/canvas@0.1", canvas(["DejaVu Sans", "DejaVu Sans Mono", "DejaVu Serif"]), ["{out}/made.png"]),
    "canvas npm generic": of_npm("@napi-rs/canvas@0.1", canvas(["sans-serif", "Arial", "DejaVu Serif"]), ["{out}/made.png"], wrong_today=WALKERS),
    "resvg npm text": of_npm("@resvg/resvg-js@2", RESVG, ["{in}/picture.svg", "{out}/made.png"],
                             families=("DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono")),
    "resvg npm generic": of_npm("@resvg/resvg-js@2", RESVG, ["{in}/picture.svg", "{out}/made.png"], wrong_today=WALKERS),
    "wkhtmltoimage": Job(["wkhtmltoimage"], [Run(["-q", "--enable-local-file-access", "{in}/page.html", "{out}/page.png"])], {"page.png": "pixels"},
                         env={"QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": "/tmp"}, inputs=PAGES, packages="wkhtmltopdf"),
    "pdftocairo": Job(["pdftocairo"], [Run(["-svg", "{in}/page.pdf", "{out}/page.svg"])], {"page.svg": "text"}, inputs={"page.pdf": pdf()},
                      packages="poppler-utils"),
    "Rscript pdf": Job(["Rscript"], [Run(["-e", "pdf('{out}/plot.pdf'); plot(cars, main='A title'); invisible(dev.off())"])],
                       {"plot.pdf": "pdf"}, packages="r-base-core"),
    "pdftoppm": Job(["pdftoppm"], [Run(["-png", "-r", "72", "{in}/page.pdf", "{out}/page"])], {"page-1.png": "pixels"},
                    inputs={"page.pdf": pdf()}, packages="poppler-utils"),
    "gs page": Job(["gs"], [Run(["-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=png16m", "-r72", "-sOutputFile={out}/page.png", "{in}/page.pdf"])],
                   {"page.png": "pixels"}, inputs={"page.pdf": pdf()}, small=True),
    "gs embeds": Job(["gs"], [Run(["-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pdfwrite", "-dEmbedAllFonts=true",
                                   "-sOutputFile={out}/page.pdf", "{in}/page.pdf"])], {"page.pdf": "pdf"}, inputs={"page.pdf": pdf()}),
    "gnuplot png": Job(["gnuplot"], [Run(["-e", "set term png; set output '{out}/plot.png'; set title 'A title'; plot sin(x)"])],
                       {"plot.png": "pixels"}, packages="gnuplot-nox"),
    "gnuplot pngcairo": Job(["gnuplot"], [Run(["-e", "set term pngcairo; set output '{out}/plot.png'; set title 'Grüße'; plot sin(x)"])],
                            {"plot.png": "pixels"}, packages="gnuplot-nox"),
    "dot png": Job(["dot"], [Run(["-Tpng", "{in}/graph.dot", "-o", "{out}/graph.png"])], {"graph.png": "pixels"},
                   inputs={"graph.dot": 'digraph { "Grüße" -> b; c [fontname="Helvetica"]; a [fontname="Courier"]; a -> b }'}, small=True),
    "Rscript png": Job(["Rscript"], [Run(["-e", "png('{out}/plot.png'); plot(cars, main='Grüße'); invisible(dev.off())"])],
                       {"plot.png": "pixels"}, packages="r-base-core"),
    "Rscript svg": Job(["Rscript"], [Run(["-e", "svg('{out}/plot.svg'); plot(cars, main='A title'); invisible(dev.off())"])],
                       {"plot.svg": "text"}, packages="r-base-core"),
    "java text": Job(["java"], [Run(["-cp", "{in}", "Picture", "{out}/made.png"])], {"made.png": "pixels"},
                     inputs={"Picture.java": JAVA_PICTURE}, before=[["javac", "-d", "{in}", "{in}/Picture.java"]]),
    "chromium shell screenshot": Job(["chromium-headless-shell"],
                                     [Run([*CHROMIUM, "--screenshot={out}/page.png", "--window-size=640,480", "file://{in}/page.html"])],
                                     {"page.png": "pixels"}, inputs=PAGES, packages="chromium-headless-shell",
                              cannot_fit=SHELL),
    "chromium shell pdf": Job(["chromium-headless-shell"],
                              [Run([*CHROMIUM, "--no-pdf-header-footer", "--print-to-pdf={out}/page.pdf", "file://{in}/page.html"])],
                              {"page.pdf": "pdf"}, inputs=PAGES, packages="chromium-headless-shell",
                              cannot_fit=SHELL),
    "chromium pdf": Job(["chromium"], [Run(["--headless", *CHROMIUM, "--no-pdf-header-footer", "--print-to-pdf={out}/page.pdf",
                                            "file://{in}/page.html"])],
                        {"page.pdf": "pdf"}, inputs=PAGES, packages="chromium",
                        cannot_fit="the program and its libraries are 339 MB"),
}
