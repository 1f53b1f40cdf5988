/** The ini grammar, the files and the command line. */
import { type ConfigCase, file, main } from "./case.ts";

export const grammar = [
  main(
    "comments of both kinds",
    "; a\n# b\n  ; c\n[program:p] ; header comment\n;command=/no\ncommand=/bin/cat ; tail\n",
  ),
  main("inline comments need a blank", "[program:p]\ncommand=/bin/echo a;b c#d ;e\n"),
  main(
    "the comment signs are tried in step",
    "[program:p]\ncommand=/bin/echo a;b ;c #d\n[program:q]\ncommand=x#y #z ;w\n",
  ),
  main("quotes do not protect from comments", '[program:p]\ncommand=/bin/sh -c "a;  b ;c"\n'),
  main(
    "continuation lines",
    "[program:p]\ncommand=/bin/echo one\n   two\n\n   three ; c\n   # cc\n   four\nautostart=true\n",
  ),
  main("continuation below an empty value", "[program:p]\ncommand=\n   /bin/echo\n   two\n"),
  main("trailing blank lines", "[program:p]\ncommand=/bin/echo one\n\n\n[program:q]\ncommand=b\n\n"),
  main("an indented key continues the one above", "[program:p]\ncommand=/bin/echo\n  autostart=false\n"),
  main("less indentation begins a key", "[program:p]\n   command=/bin/echo\n  autostart=false\n autorestart=true\n"),
  main("an indented section header", "[program:p]\ncommand=a\n [program:q]\n command=b\n"),
  main("colon and equals", "[program:p]\ncommand : a=b\nautostart: false\n[program:q]\ncommand = a:b\n"),
  main("keys in any case", "[program:p]\nCOMMAND=/bin/cat\nAutoStart=OFF\n"),
  main(
    "duplicate keys and sections",
    "[program:p]\ncommand=a\ncommand=b\n[program:q]\ncommand=c\n[program:p]\nstartsecs=5\n",
  ),
  main(
    "DEFAULT is inherited",
    "[DEFAULT]\nstartsecs=9\ncommand=/bin/default %(here)s\n[program:p]\n[program:q]\nstartsecs=1\n",
  ),
  main("sections that are no program", "[Program:x]\ncommand=a\n[unknown]\nb=c\n[programs:x]\n[program]\ncommand=a\n"),
  main("a header is trimmed", "[program: spaced ]\ncommand=/bin/cat\n"),
  main("a header ends at the last bracket", "[program:a]b]\ncommand=x\n"),
  main("text after a header", "[program:p] junk\ncommand=x\n"),
  main("an empty header", "[]\ncommand=x\n"),
  main("an empty program name", "[program:]\ncommand=x\n"),
  main("a line that is nothing", "[program:p]\ncommand\n"),
  main("several lines that are nothing", "[program:p]\ncommand\n  indented\nmore junk\nx=1\n deeper\n"),
  main("a line without a key", "[program:p]\n=value\ncommand=x\n"),
  main("carriage returns", "[program:p]\r\ncommand=/bin/cat\r\nstartsecs=4\r[program:q]\rcommand=b\r\n"),
  main(
    "odd blanks",
    "[program:p]\u00a0\ncommand\u2003=\u2003/bin/cat\u00a0;c\n\u00a0startsecs=1\n\x0bautostart=false\n",
  ),
  main("line separators of Unicode do not end lines", "[program:p]\ncommand=a\u2028b\u0085c\n"),
  main("form feed and friends", "[program:p]\ncommand=a\x1cb\x0c\n"),
  main(
    "keys that JavaScript knows",
    "[program:p]\ncommand=x\n__proto__=1\nconstructor=2\n[constructor]\n[__proto__]\na=b\n",
  ),
  file("nothing", ""),
  file("only blanks", "\n  \n"),
  file("no section at all", "foo=bar\n"),
  file("no header on line three", "\n; c\nfoo=bar\n[supervisord]\n"),
  file("a byte order mark", "\ufeff[supervisord]\n"),
  file("no supervisord section", "[program:p]\ncommand=/bin/cat\n"),
  file("DEFAULT is no section", "[DEFAULT]\nlogfile=x\n"),
  file("DEFAULT reaches the daemon", "[DEFAULT]\nlogfile=d.log\n[supervisord]\n"),
  file("a long garbage line", `[supervisord]\n${"x".repeat(3000)}\n`),
];

export const flags: ConfigCase[] = [
  ["-n"],
  ["-n", "-u", "nobody"],
  ["-u", "nosuch"],
  ["-u", "99999"],
  ["-m", "077"],
  ["-d", "/tmp"],
  ["-l", "x.log"],
  ["-l", "~/x.log"],
  ["-y", "1KB"],
  ["-z", "3"],
  ["-e", "debug"],
  ["-j", "../x.pid"],
  ["-i", "me"],
  ["-q", "/var"],
  ["-k", "-t", "-s"],
  ["-a", "10", "--minprocs", "5"],
  ["--logfile_m=1"],
  ["-l", "syslog"],
  ["-y", "0"],
  ["-z", "0"],
  ["-i", ""],
].map((argv) => ({
  name: `flags ${argv.join(" ")}`,
  files: {
    "main.conf":
      "[supervisord]\nlogfile=file.log\nuser=root\numask=011\nloglevel=error\nidentifier=file\nlogfile_maxbytes=7\nlogfile_backups=8\n",
  },
  flags: argv,
}));
