import { describe, expect, test } from "vitest";
import { complaints, config } from "./files.ts";

const program = "[supervisord]\n[program:web]\ncommand=/bin/cat\n";

describe("what the reference passes over in silence is a warning with its place", () => {
  test.each([
    [
      "an unknown key",
      `${program}startsec=5\n`,
      "4:1 warning unknown key startsec is ignored (did you mean startsecs)",
    ],
    [
      "a key of another section",
      `${program}socket=tcp://a:1\n`,
      "4:1 warning unknown key socket is ignored (socket belongs to [fcgi-program:x])",
    ],
    [
      "the beginning of keys",
      `${program}memory=5MB\n`,
      "4:1 warning unknown key memory is ignored (known here: memory_limit, memory_limit_hard, memory_limit_action)",
    ],
    ["a key nobody is near to", `${program}colour=blue\n`, "4:1 warning unknown key colour is ignored"],
    [
      "a key of our own later",
      `${program}log_passthru=yes\n`,
      "4:1 warning unknown key log_passthru is ignored (did you mean log_passthrough)",
    ],
    [
      "a section in capitals",
      `${program}[Program:x]\ncommand=a\n`,
      "4:1 warning unknown section [Program:x] is ignored (did you mean [program:x])",
    ],
    [
      "a section without its colon",
      `${program}[program x]\n`,
      "4:1 warning unknown section [program x] is ignored (did you mean [program:x])",
    ],
    ["an unknown key of DEFAULT", `[DEFAULT]\nfoo=1\n${program}`, "2:1 warning unknown key foo is ignored"],
    [
      "a key twice",
      `${program}startsecs=1\nstartsecs=2\n`,
      "5:1 warning startsecs appears again and replaces the value in line 4",
    ],
    [
      "a section twice",
      `${program}[program:web]\nstartsecs=2\n`,
      "4:1 warning section [program:web] appears again (first in line 2); the two are merged",
    ],
    [
      "an indented key",
      `${program}  startsecs=1\n`,
      "4:3 warning startsecs is part of the value of command here (an indented line continues the value above: do not indent it)",
    ],
    [
      "a comment sign between quotes",
      '[supervisord]\n[program:web]\ncommand=sh -c "a ; b"\n',
      "3:18 warning the value of command ends before this ;, although it stands between quotes (a blank before ; begins a comment, quotes or not: leave the blank out)",
    ],
    [
      "what another program calls a key",
      `${program}redirect_stdout=true\n`,
      "4:1 warning unknown key redirect_stdout is ignored (stdout needs no redirection: stdout_logfile says where it goes)",
    ],
    [
      "the daemon's key in a program",
      `${program}logfile=/tmp/x.log\n`,
      "4:1 warning unknown key logfile is ignored (did you mean stdout_logfile)",
    ],
    [
      "a section that is indented",
      "[supervisord]\nidentifier=a\n  [program:x]\n  command=b\n  [program:y]\n",
      "3:3 warning [program:x] is part of the value of identifier here (an indented line continues the value above: do not indent it)",
    ],
    [
      "a variable in environment",
      `${program}environment=A=$HOME\n`,
      '4:13 warning the value of A ends after 1 character (put the value in quotes: A="value")',
    ],
    [
      "a value in environment that ends too early",
      `${program}environment=URL=pg://u:p@db/x,B=1\n`,
      `4:13 error Unexpected end of key/value pairs in value 'URL=pg://u:p@db/x,B=1' (put the value in quotes: URL="value")`,
    ],
    [
      "a comment in environment",
      `${program}environment=A=x#y,B=2\n`,
      '4:13 warning environment ends at a # after 3 characters: it begins a comment here (put the value in quotes: NAME="value")',
    ],
    [
      "quotes at the end of a quoted value",
      `${program}environment=B='say "hi"'\n`,
      "4:13 warning the value of B loses the quotes at its ends (quotes of both kinds are taken from both ends; keep another character there)",
    ],
    [
      "a quoted name",
      `${program}environment="A"="1"\n`,
      '4:13 warning the quotes are part of the name "A" (names stand without quotes)',
    ],
    [
      "umask in the foreground",
      "[supervisord]\nnodaemon=true\numask=077\n",
      "3:1 warning umask has no effect in the foreground (set it in the [program:x] sections)",
    ],
    [
      "two groups of one name",
      `${program}[program:y]\ncommand=b\n[group:y]\nprograms=web\n`,
      "4:1 warning there is another group of the name y; this one is ignored",
    ],
    [
      "two processes of one name",
      `${program}[group:g]\nprograms=web,web\n`,
      "4:1 warning two processes of the group have the name web (web); only the last is run",
    ],
    [
      "a plugin of supervisorctl",
      "[supervisord]\n[ctlplugin:quick]\nsupervisor.ctl_factory=quick:make\nany=thing\n",
      "2:1 warning plugins of supervisorctl are not loaded: [ctlplugin:quick] has no effect (its commands are there only in the supervisorctl that it was written for)",
    ],
    [
      "an include that matches nothing",
      `${program}[include]\nfiles=none/*.conf\n`,
      expect.stringMatching(/^5:7 warning No file matches via include ".*none\/\*\.conf"$/),
    ],
  ])("%s", async (name, text, complaint) => {
    expect(await complaints(`${name}.conf`, text)).toEqual([complaint]);
  });

  test.each([
    [
      "rpcinterface:twiddler",
      "supervisor.rpcinterface_factory=twiddler:make",
      "3:33 error twiddler:make cannot be resolved within [rpcinterface:twiddler] (plugins are not loaded: remove the section, or write supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface)",
    ],
    [
      "eventlistener:x",
      "command=a\nevents=TICK_5\nresult_handler=own:handler",
      "5:16 error own:handler cannot be resolved within [eventlistener:x] (plugins are not loaded: remove the key, the default handler is the only one)",
    ],
    [
      "eventlistener:stdout",
      "command=a\nevents=PROCESS_LOG\nresult_handler=supervisor_stdout:event_handler",
      "5:16 error supervisor_stdout:event_handler cannot be resolved within [eventlistener:stdout] (plugins are not loaded: remove the section; log_passthrough=true shows what a program writes)",
    ],
  ])("a foreign factory in [%s] is refused with a hint", async (section, lines, complaint) => {
    expect(await complaints("foreign.conf", `[supervisord]\n[${section}]\n${lines}\n`)).toEqual([complaint]);
  });

  test.each([
    ["autostart=true;at once", "4:11 error not a valid boolean value: 'true;at once'"],
    ["numprocs=1;one", "4:10 error invalid literal for int() with base 10: '1;one'"],
    ["stopsignal=INT;mild", "4:12 error value 'INT;mild' is not a valid signal name"],
  ])("a comment that is part of the value is hinted at: %s", async (line, refusal) => {
    const told = `${refusal} (a comment needs a blank before its ;)`;
    expect(await complaints("glued.conf", `${program}${line}\n`)).toEqual([told]);
  });

  test("an intended inline comment is none", async () => {
    expect(await complaints("comment.conf", `${program}startsecs=1 ; it's slow\nautostart=no # "really"\n`)).toEqual(
      [],
    );
  });

  test("the demo keys of the reference's sample are all known", async () => {
    const sample = `[unix_http_server]\nfile=/tmp/s.sock\nchmod=0700\n[supervisord]\nlogfile=/tmp/x.log\nminfds=1024\n[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\nfoo=bar\n[supervisorctl]\nserverurl=unix:///tmp/s.sock\n`;
    expect(await complaints("sample.conf", sample)).toEqual([]);
  });

  test("warnings also become lines for the main log, behind the reference's own and before what was included", async () => {
    const text = `${program}startsec=1\nstdout_logfile_maxbytes=0\n[include]\nfiles=log-inc.conf\n`;
    await config("log-inc.conf", "[supervisord]\n");
    const { notes } = await config("log.conf", text);
    expect(notes.map(({ level, text }) => `${level} ${text}`)).toEqual([
      "warn For [program:web], AUTO logging used for stdout_logfile without rollover, set maxbytes > 0 to avoid filling up filesystem unintentionally",
      "warn log.conf:4: unknown key startsec is ignored (did you mean startsecs)",
      expect.stringMatching(/^info Included extra file ".*log-inc.conf" during parsing$/),
    ]);
  });
});
