/**
 * Programs that put themselves into the background, by what their manuals say. Their first process ends at
 * once, which is a failed start, and what they leave behind is ended before the next one: none of them ever
 * serves for long. Listed is only what goes there without a word in its own configuration about it.
 */
import { commandWords, programOf } from "./command-words.ts";

interface Habit {
  /** Whether these arguments send it there. */
  readonly when: (args: readonly string[]) => boolean;
  /** The command that stays. */
  readonly instead: string;
}

const has =
  (...options: readonly string[]) =>
  (args: readonly string[]): boolean =>
    args.some((arg) => options.includes(arg));
const lacks =
  (...options: readonly string[]) =>
  (args: readonly string[]): boolean =>
    !has(...options)(args);
/** None of these letters among its short options, `-De` as `-D -e`. */
const lacksLetter =
  (letters: string, ...long: readonly string[]) =>
  (args: readonly string[]): boolean =>
    lacks(...long)(args) && !args.some((arg) => new RegExp(`^-[A-Za-z0-9]*[${letters}]`).test(arg));
const verb =
  (...verbs: readonly string[]) =>
  ([first = ""]: readonly string[]): boolean =>
    verbs.includes(first);
const starts = verb("start", "restart");

const itself = "the program itself, with its option for the foreground";
const apache = (program: string): Habit => ({
  when: (args) => lacksLetter("DXvVltSLMh", "-DFOREGROUND", "-DNO_DETACH")(args),
  instead: `${program} -D FOREGROUND`,
});
const vnc: Habit = { when: lacks("-fg", "--fg", "-kill", "-list", "-help"), instead: "vncserver -fg" };
const zabbix = (program: string): Habit => ({
  when: lacksLetter("fRtpThV", "--foreground", "--test", "--print", "--version", "--help"),
  instead: `${program} -f`,
});

const habits: Readonly<Record<string, Habit>> = {
  apache2: apache("apache2"),
  httpd: apache("httpd"),
  apachectl: { when: starts, instead: "apachectl -D FOREGROUND" },
  apache2ctl: { when: starts, instead: "apache2ctl -D FOREGROUND" },
  celery: {
    when: (args) => has("--detach")(args) || args.includes("multi"),
    instead: "celery worker without --detach",
  },
  cron: { when: lacksLetter("fnx"), instead: "cron -f" },
  crond: { when: lacksLetter("fndxs"), instead: "crond -f" },
  dovecot: { when: (args) => args.every((arg) => arg === "-c" || arg.startsWith("/")), instead: "dovecot -F" },
  dropbear: { when: lacksLetter("FVh"), instead: "dropbear -F" },
  gunicorn: { when: has("--daemon", "-D"), instead: "gunicorn without --daemon" },
  lighttpd: { when: lacksLetter("DtpvVh1"), instead: "lighttpd -D" },
  mongod: { when: has("--fork"), instead: "mongod without --fork" },
  named: { when: lacksLetter("fgvV"), instead: "named -f" },
  nginx: { when: (args) => args.some((arg) => /\bdaemon\s+on\s*;/.test(arg)), instead: "nginx -g 'daemon off;'" },
  "php-fpm": { when: has("-D", "--daemonize"), instead: "php-fpm -F" },
  pm2: { when: (args) => starts(args) && lacks("--no-daemon", "--attach")(args), instead: "pm2-runtime" },
  postfix: { when: (args) => starts(args.slice(-1)), instead: "postfix start-fg" },
  privoxy: { when: lacks("--no-daemon", "--version", "--help"), instead: "privoxy --no-daemon" },
  "rabbitmq-server": { when: has("-detached"), instead: "rabbitmq-server" },
  "redis-server": {
    when: (args) => /^yes$/.test(args[args.indexOf("--daemonize") + 1] ?? "") && args.includes("--daemonize"),
    instead: "redis-server --daemonize no",
  },
  rsyslogd: { when: lacksLetter("nNvV"), instead: "rsyslogd -n" },
  service: { when: ([, action = ""]) => starts([action]), instead: itself },
  squid: { when: lacksLetter("NkvzhC", "--foreground"), instead: "squid -N" },
  sshd: { when: lacksLetter("DditTGV"), instead: "sshd -D" },
  systemctl: { when: starts, instead: itself },
  tigervncserver: vnc,
  tmux: {
    when: (args) => verb("new", "new-session")(args) && args.some((arg) => /^-\w*d/.test(arg)),
    instead: "what tmux runs",
  },
  "transmission-daemon": {
    when: lacksLetter("fdVh", "--foreground", "--dump-settings"),
    instead: "transmission-daemon -f",
  },
  uwsgi: {
    when: (args) => args.some((arg) => /^--daemonize\b/.test(arg)) || has("-d")(args),
    instead: "uwsgi without --daemonize",
  },
  vncserver: vnc,
  xinetd: { when: lacks("-dontfork", "-d", "-version"), instead: "xinetd -dontfork" },
  zabbix_agentd: zabbix("zabbix_agentd"),
  zabbix_server: zabbix("zabbix_server"),
};

/** What to write instead; null when the command stays, or may. */
export function staysInstead(command: string): string | null {
  const words = commandWords(command);
  const [first, ...args] = words.map(({ written }) => written.replace(/^(['"])(.*)\1$/s, "$2"));
  if (first === undefined) return null;
  if (/^\/etc\/(?:rc\.d\/)?init\.d\/./.test(first)) return starts(args) ? itself : null;
  if (
    /^(?:ba|da|a|z)?sh$/.test(programOf(words[0])) &&
    /^-\w*c$/.test(args[0] ?? "") &&
    /[^&]&\s*$/.test(args[1] ?? "")
  )
    return "the same without the & at its end";
  const program = programOf(words[0]).replace(/(php-fpm)[\d.]+$/, "$1");
  const habit = Object.hasOwn(habits, program) ? habits[program] : undefined;
  return habit?.when(args) ? habit.instead : null;
}
