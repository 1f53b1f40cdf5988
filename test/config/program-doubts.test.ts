import { describe, expect, test } from "vitest";
import { staysInstead } from "../../src/config/background-habits.ts";
import { complaints } from "./files.ts";

describe("a program that puts itself into the background is known by its arguments", () => {
  test.each([
    ["/usr/sbin/sshd", "sshd -D"],
    ["/usr/sbin/sshd -f /etc/ssh/other", "sshd -D"],
    ["cron", "cron -f"],
    ["crond -l 8", "crond -f"],
    ["rsyslogd -c3", "rsyslogd -n"],
    ["httpd -k start", "httpd -D FOREGROUND"],
    ["apachectl start", "apachectl -D FOREGROUND"],
    ["service nginx restart", "the program itself, with its option for the foreground"],
    ["/etc/init.d/mysql start", "the program itself, with its option for the foreground"],
    ["postfix -c /etc/postfix start", "postfix start-fg"],
    ["redis-server /etc/redis.conf --daemonize yes", "redis-server --daemonize no"],
    ["php-fpm8.2 --daemonize", "php-fpm -F"],
    ["nginx -g 'daemon on;'", "nginx -g 'daemon off;'"],
    ["vncserver :1 -geometry 1280x800", "vncserver -fg"],
    ["celery multi start w1", "celery worker without --detach"],
    ["zabbix_agentd -c /etc/zabbix.conf", "zabbix_agentd -f"],
    ["tmux new-session -d -s x run", "what tmux runs"],
    ['sh -c "cd /srv && python3 bot.py &"', "the same without the & at its end"],
  ])("%s", (command, instead) => {
    expect(staysInstead(command)).toBe(instead);
  });

  test.each([
    "/usr/sbin/sshd -D",
    "/usr/sbin/sshd -De",
    "cron -f -L 15",
    "crond -n -s",
    "rsyslogd -n",
    "apache2ctl -D FOREGROUND",
    "httpd -DFOREGROUND",
    "postfix start-fg",
    "redis-server /etc/redis.conf",
    "redis-server --daemonize no",
    "php-fpm",
    "nginx",
    "nginx -g 'daemon off;'",
    "vncserver :1 -fg",
    "celery -A app worker",
    "gunicorn -D0 app",
    "zabbix_agentd -f -c /etc/zabbix.conf",
    "service nginx status",
    "pm2 start app.js --no-daemon",
    "sh -c 'service cron start; tail -f /dev/null'",
    "sh -c 'a & b & wait'",
    "bash run.sh x&",
    "",
  ])("stays: %s", (command) => {
    expect(staysInstead(command)).toBeNull();
  });
});

const list = (lines: string) => `[supervisord]\n[program:a]\n${lines}\n`;
const background =
  "3:9 warning the program goes into the background: its start counts as failed, and what it leaves behind is ended (what stays: sshd -D)";

describe("programs that cannot come to what was meant are told with their place", () => {
  test("one that goes into the background and is to run", async () => {
    expect(await complaints("sshd.conf", list("command=/usr/sbin/sshd\nautorestart=true"))).toEqual([background]);
    expect(await complaints("again.conf", list("command=/usr/sbin/sshd\nstartsecs=0\nautorestart=true"))).toEqual([
      background,
    ]);
  });

  test("not one that is there to start something and may end", async () => {
    expect(await complaints("starter.conf", list("command=sshd\nstartsecs=0\nautorestart=false"))).toEqual([]);
    expect(await complaints("unexpected.conf", list("command=sshd\nstartsecs=0"))).toEqual([]);
    expect(await complaints("oneshot.conf", list("command=sshd\ntype=oneshot"))).toEqual([]);
    expect(await complaints("kept.conf", list("command=sshd\norphans=keep"))).toEqual([]);
  });

  test("a member of a group as well", async () => {
    expect(await complaints("member.conf", `${list("command=sshd")}[group:g]\nprograms=a\n`)).toEqual([background]);
  });

  test("a directory and a command that begin with ~", async () => {
    expect(await complaints("home.conf", list("command=~/run\ndirectory=~/app"))).toEqual([
      "3:9 warning ~ is not expanded in a command (%(ENV_HOME)s/…, or the whole path)",
      "4:11 warning ~ is not expanded in directory (%(ENV_HOME)s/…, or the whole path)",
    ]);
  });

  test("a command of several lines, at the line", async () => {
    expect(await complaints("lines.conf", list("command=run\n  --port $PORT\n  --more"))).toEqual([
      "4:10 warning $PORT is passed as it stands: there is no shell (%(ENV_PORT)s)",
    ]);
  });

  test("not what YAML has as a list of words: they are arguments as they are", async () => {
    const yaml = 'programs:\n  a: { command: [echo, "&&", $HOME, ">"] }\n';
    expect(await complaints("words.yaml", yaml)).toEqual([]);
  });
});

const rpc =
  "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n";

describe("a control program that cannot reach its daemon is told", () => {
  const server = "[supervisord]\n[unix_http_server]\nfile=/tmp/a.sock\n";
  const without =
    "2:1 warning without [rpcinterface:supervisor] no client can control the daemon ([rpcinterface:supervisor] with supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface)";

  test("when the interface is missing", async () => {
    expect(await complaints("norpc.conf", server)).toEqual([without]);
    expect(await complaints("rpc.conf", server + rpc)).toEqual([]);
  });

  test("but a port alone may be there for the page", async () => {
    expect(await complaints("page.conf", "[supervisord]\n[inet_http_server]\nport=127.0.0.1:9001\n")).toEqual([]);
  });

  test.each([
    ["another socket", "unix:///run/b.sock", "serverurl=unix:///tmp/a.sock"],
    ["a port", "http://127.0.0.1:9001", "serverurl=unix:///tmp/a.sock"],
  ])("when it is sent to %s", async (name, url, hint) => {
    expect(await complaints(`${name}.conf`, `${server}${rpc}[supervisorctl]\nserverurl=${url}\n`)).toEqual([
      `7:11 warning nothing listens at ${url}: the control program reaches no daemon (${hint})`,
    ]);
  });

  test("when there is no server at all", async () => {
    expect(await complaints("none.conf", "[supervisord]\n[supervisorctl]\nserverurl=unix:///tmp/a.sock\n")).toEqual([
      "3:11 warning nothing listens at unix:///tmp/a.sock: the control program reaches no daemon ([unix_http_server] with file=)",
    ]);
  });

  test.each([
    ["its socket", `${server}${rpc}[supervisorctl]\nserverurl=unix:///tmp/a.sock\n`],
    [
      "a socket beside the list",
      `[supervisord]\n[unix_http_server]\nfile=%(here)s/s\n${rpc}[supervisorctl]\nserverurl=unix://%(here)s/s\n`,
    ],
    [
      "its port by another name",
      `[supervisord]\n[inet_http_server]\nport=*:9001\n${rpc}[supervisorctl]\nserverurl=http://localhost:9001\n`,
    ],
    ["another machine", `${server}${rpc}[supervisorctl]\nserverurl=http://box.example.com:9001\n`],
  ])("not when it is sent to %s", async (name, text) => {
    expect(await complaints(`${name}.conf`, text)).toEqual([]);
  });
});
