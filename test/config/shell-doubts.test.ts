import { describe, expect, test } from "vitest";
import { shellDoubts } from "../../src/config/shell-doubts.ts";

const told = (command: string) =>
  shellDoubts(command).map(({ message, hint, offset, length }) => [
    message,
    hint,
    command.slice(offset, offset + length),
  ]);
const line = "command=sh -c '…' with the whole line in quotes";

describe("what a shell would do and nobody does is told", () => {
  test.each([
    ["php work.php > /dev/null 2>&1", "> is passed to php as an argument: there is no shell", line, ">"],
    ["/opt/run.sh && /opt/more.sh", "&& is passed to run.sh as an argument: there is no shell", line, "&&"],
    ["bash -c cd /srv && ./run", "&& is passed to bash as an argument: there is no shell", line, "&&"],
    [
      "node server.js &",
      "& is passed to node as an argument: there is no shell",
      "leave it out: the program has to stay in the foreground",
      "&",
    ],
    [
      "nginx -g daemon off;",
      "off; is passed to nginx as an argument: there is no shell",
      "put what belongs together in quotes, as in 'daemon off;', or the whole line in sh -c '…'",
      "off;",
    ],
    ["gunicorn --bind 0.0.0.0:$PORT app", "$PORT is passed as it stands: there is no shell", "%(ENV_PORT)s", "$PORT"],
    [
      `worker --queue "\${QUEUE_NAME}"`,
      `\${QUEUE_NAME} is passed as it stands: there is no shell`,
      "%(ENV_QUEUE_NAME)s",
      `\${QUEUE_NAME}`,
    ],
    ["$@", "$@ is passed as it stands: there is no shell", "write the arguments themselves", "$@"],
    [
      "cd /srv/app && npm start",
      "cd is a word of the shell and no program: there is no shell",
      "directory=/where/to, and the rest of the line as command",
      "cd",
    ],
    [
      "NODE_ENV=production node a.js",
      "NODE_ENV=… is taken for the name of the program: there is no shell",
      'environment=NODE_ENV="value"',
      "NODE_ENV=",
    ],
    ["~/bin/serve", "~ is not expanded in a command", "%(ENV_HOME)s/…, or the whole path", "~/bin/serve"],
    [
      "serve \\\n--port 80",
      "the line break becomes a part of the next argument: a \\ does not continue a line here",
      "leave the \\ out: an indented line continues the value",
      "\\",
    ],
  ])("%s", (command, message, hint, marked) => {
    expect(told(command)).toEqual([[message, hint, marked]]);
  });
});

describe("what may be meant is not doubted", () => {
  test.each([
    'sh -c "cd /srv && exec ./run > log 2>&1 &"',
    "/bin/bash -lc 'echo $HOME | cat'",
    'sh -c "run \\\n --port 80"',
    'nginx -g "daemon off;"',
    "ssh host cd /srv && ./run",
    "su - web -c 'run $PORT'",
    "awk '{ print $NF }' file",
    "php -r 'echo $_ENV;'",
    `java -jar app.jar --url=\${DB_URL}`,
    "envsubst $HOST",
    "grep '$HOME' file",
    "log --format $remote_addr",
    "run --dsn jdbc:sqlserver://db;encrypt=true;",
    "uvicorn app:app --forwarded-allow-ips *",
    "find /tmp -name x -delete -o -exec rm {} \\;",
    "cat -",
    "cd",
    "run --env=A=1 B=2",
    "",
  ])("%s", (command) => {
    expect(shellDoubts(command)).toEqual([]);
  });
});
