"""Jobs of programs that put paths together when they run, from a prefix and a name: Qt's of both versions, GStreamer, ImageMagick's
modules, Tcl."""

from inputs import svg
from job import Job, Run

PICTURE = r"""
#include <QtGui/QGuiApplication>
#include <QtGui/QImage>
#include <QtGui/QPainter>
#include <cstdio>
int main(int argc, char** argv) {
  QGuiApplication app(argc, argv);
  QImage image(300, 80, QImage::Format_RGB32), other(argv[1]);
  image.fill(Qt::white);
  QPainter painter(&image);
  painter.setFont(QFont("DejaVu Sans", 20));
  painter.drawText(10, 50, QString::fromUtf8("Grüße"));
  painter.drawImage(200, 10, other);
  painter.end();
  std::printf("%s %d %d\n", qPrintable(QGuiApplication::platformName()), other.width(), other.height());
  for (const char* end : {"png", "jpg", "bmp"}) std::printf("%d\n", int(image.save(QString(argv[2]) + "/made." + end)));
}
"""
NET = r"""
#include <QtCore/QCoreApplication>
#include <QtCore/QDateTime>
#include <QtCore/QTimeZone>
#include <QtNetwork/QSslConfiguration>
#include <QtNetwork/QSslSocket>
#include <QtSql/QSqlDatabase>
#include <QtSql/QSqlQuery>
#include <cstdio>
int main(int argc, char** argv) {
  QCoreApplication app(argc, argv);
  std::printf("%d %d %s\n", int(QSslSocket::supportsSsl()), int(QSslConfiguration::systemCaCertificates().size() > 50),
              qPrintable(QSslSocket::sslLibraryVersionString()));
  QSqlDatabase data = QSqlDatabase::addDatabase("QSQLITE");
  data.setDatabaseName(":memory:");
  std::printf("%d\n", int(data.open()));
  QSqlQuery query("select 1 + 1", data);
  const bool any = query.next();
  std::printf("%d %s\n", int(any), qPrintable(query.value(0).toString()));
  std::printf("%s\n", qPrintable(QDateTime::fromSecsSinceEpoch(1700000000, QTimeZone("Europe/Zurich")).toString(Qt::ISODate)));
}
"""


def of_qt(version, source, modules, runs, same=(), packages="", env=None):
    """A program that is compiled here against the distribution's Qt."""
    command = f"g++ -std=c++17 -fPIC {{in}}/job.cpp -o {{in}}/job $(pkg-config --cflags --libs {modules.replace('Qt', f'Qt{version}')})"
    return Job(["{in}/job"], runs, dict(same), inputs={"job.cpp": source, "picture.svg": svg()}, before=[["sh", "-c", command]],
               packages=f"pkg-config {packages}", env=env or {})


def drawn(version, platform, packages):
    return of_qt(version, PICTURE, "QtGui", [Run(["{in}/picture.svg", "{out}"])], {"made.png": "pixels", "made.jpg": "pixels", "made.bmp": "pixels"},
                 packages, {"QT_QPA_PLATFORM": platform})


QT5, QT6 = "qtbase5-dev libqt5svg5", "qt6-base-dev libqt6svg6"
JOBS = {
    "qt5 offscreen": drawn(5, "offscreen", QT5),
    "qt5 minimal": drawn(5, "minimal", QT5),
    "qt6 offscreen": drawn(6, "offscreen", QT6),
    "qt6 minimal": drawn(6, "minimal", QT6),
    "qt5 tls and sql": of_qt(5, NET, "QtNetwork QtSql", [Run([])], packages="qtbase5-dev libqt5sql5-sqlite"),
    "qt6 tls and sql": of_qt(6, NET, "QtNetwork QtSql", [Run([])], packages="qt6-base-dev libqt6sql6-sqlite"),
    "gst-launch": Job(["gst-launch-1.0"], [Run(["-q", "audiotestsrc", "num-buffers=3", "!", "audioconvert", "!", "vorbisenc", "!", "oggmux", "!",
                                                "filesink", "location=/dev/null"]),
                                           Run(["-q", "videotestsrc", "num-buffers=1", "!", "videoconvert", "!", "fdsink"])],
                      packages="gstreamer1.0-tools gstreamer1.0-plugins-base"),
    "tclsh": Job(["tclsh8.6"], [Run(["{in}/job.tcl"])],
                 inputs={"job.tcl": "package require msgcat\npackage require http\nputs [clock format 0 -timezone :Europe/Zurich]\n"
                                    "puts [llength [encoding names]]\n"}, packages="tcl8.6"),
    "ruby gems": Job(["ruby"], [Run(["-e", "require 'json'; require 'openssl'; require 'erb'; require 'yaml'; require 'rake'; "
                                           "puts [1].to_json, [1].to_yaml, ERB.new('<%=1%>').result, Rake::VERSION, Gem::VERSION"])], packages="ruby"),
    "gdk-pixbuf": Job(["gdk-pixbuf-thumbnailer"], [Run(["{in}/picture.svg", "{out}/made.png"])], {"made.png": "pixels"},
                      inputs={"picture.svg": svg()}, packages="libgdk-pixbuf2.0-bin librsvg2-common"),
    "guile": Job(["guile"], [Run(["--no-auto-compile", "-c", "(use-modules (ice-9 format) (srfi srfi-1) (web uri)) (format #t \"~5f~a\" 3.14159 "
                                                             "(fold + 0 '(1 2 3)))"])], packages="guile-3.0"),
}
