"""Jobs of languages: what they say in Lambda's locale, and what scripts in them ask for."""

from inputs import JAVA_WORDS
from job import Job, Run

# None names the locale, which is another there than here.
PYTHON = ("import datetime, locale, os, sys, zoneinfo\nlocale.setlocale(locale.LC_ALL, '')\n"
          "print('Grüße', sys.stdout.encoding, locale.getpreferredencoding(False), sys.getfilesystemencoding(), sys.argv[1], len(sys.argv[1]))\n"
          "print(os.path.exists('ä.txt'), datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Zurich')).isoformat())\n"
          "open(sys.argv[2], 'w').write('Grüße')\n")
PERL = ("use utf8; use open qw(:std :locale); use POSIX; use I18N::Langinfo qw(langinfo CODESET); setlocale(LC_ALL, ''); "
        "print langinfo(CODESET), ' ', uc('grüße'), ' ', length('€'), \"\\n\"")
PHP = ("$d = new PDO('sqlite:{out}/a.db'); $d->exec('create table t(a)'); $d->exec(\"insert into t values('Grüße')\");"
       "echo $d->query('select a from t')->fetchColumn(), PHP_EOL;")

JOBS = {
    "python utf-8": Job(["python3"], [Run(["-c", PYTHON, "ä€", "{out}/text"])], {"text": "text"}, inputs={"ä.txt": "x"}, quiet=True, small=True),
    "perl utf-8": Job(["perl"], [Run(["-e", PERL])], quiet=True, small=True),
    "ruby utf-8": Job(["ruby"], [Run(["-e", "puts Encoding.default_external, 'Grüße'.upcase, ARGV[0].length", "ä€"])], quiet=True, small=True),
    "bash utf-8": Job(["bash"], [Run(["-c", "x=ä€; echo ${#x} ${x^^}; printf '%s\\n' ä*"])], inputs={"ä.txt": "x"}, quiet=True, small=True),
    "java words": Job(["java"], [Run(["-cp", "{in}", "Words", "ä€"])], inputs={"Words.java": JAVA_WORDS, "ä.txt": "x"}, quiet=True,
                      before=[["javac", "-encoding", "UTF-8", "-d", "{in}", "{in}/Words.java"]]),
    "node zones": Job(["node"], [Run(["-p", "new Date(0).toLocaleString('de-CH', {timeZone: 'Europe/Zurich'}) + ' Grüße ' + "
                                            "Intl.DateTimeFormat().resolvedOptions().timeZone"])], quiet=True, small=True),
    "Rscript lm": Job(["Rscript"], [Run(["-e", "print(summary(lm(dist ~ speed, cars))); cat('Grüße', nchar('ä€'), '\\n')"])], quiet=True,
                      packages="r-base-core"),
    "Rscript system": Job(["Rscript"], [Run(["-e", "cat(system('echo hi', intern = TRUE), Sys.time() > as.POSIXct('2020-01-01', tz = "
                                                   "'Europe/Zurich'), basename(tempdir()) != '', '\\n')"])], quiet=True, packages="r-base-core"),
    "php pdo": Job(["php"], [Run(["-r", PHP])], quiet=True, packages="php-sqlite3", small=True),
    "php ctype": Job(["php"], [Run(["-r", "var_dump(ctype_alpha('abc'), json_encode(simplexml_load_string('<a><b>ü</b></a>')), "
                                          "class_exists('DOMDocument'), extension_loaded('Zend OPcache'));"])], quiet=True, small=True),
    "php intl": Job(["php"], [Run(["-r", "echo (new NumberFormatter('de_CH', NumberFormatter::CURRENCY))->formatCurrency(1234.5, 'CHF'), ' ', "
                                         "(new Collator('sv'))->compare('ä', 'z'), PHP_EOL;"])], quiet=True, packages="php-intl", small=True),
    "php zones": Job(["php"], [Run(["-r", "echo (new DateTime('2024-07-01 12:00', new DateTimeZone('Asia/Tokyo')))->format('c T'), ' ', "
                                          "date_default_timezone_get(), ' ', count(timezone_identifiers_list()) > 400, PHP_EOL;"])],
                     quiet=True, small=True),
    "date zones": Job(["date"], [Run(["-d", "@1700000000"], env={"TZ": "Europe/Paris"}), Run(["-d", "@1700000000"])], quiet=True, small=True),
    "gsettings": Job(["gsettings"], [Run(["list-schemas"]), Run(["get", "org.gnome.desktop.interface", "font-name"])], quiet=True,
                     env={"GSETTINGS_BACKEND": "memory"}, packages="libglib2.0-bin gsettings-desktop-schemas"),
    "exiftool": Job(["exiftool"], [Run(["-json", "-filename", "-imagesize", "-filetype", "{in}/picture.png"]), Run(["-ver"])], quiet=True,
                    inputs={}, before=[["/usr/bin/convert", "-size", "8x8", "xc:red", "{in}/picture.png"]], packages="libimage-exiftool-perl"),
}
