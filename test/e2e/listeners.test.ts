/**
 * Event listeners as people write them, with supervisor.childutils: what they are told, byte by byte, and that one
 * which rejects or dies loses nothing. Output is in listeners-output.test.ts, those that misbehave in listeners-harm.test.ts.
 */
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { iniFile, startDaemon } from "../helpers/daemon.ts";
import { heard, hears, listener, remote, texts, told } from "../helpers/listener.ts";
import { childrenOf } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

describe("a listener made with childutils", () => {
  test("is told each step of a process's life, in order, with headers it can parse", async () => {
    await using daemon = await startDaemon(
      `${listener("ear", "PROCESS_STATE", { keys: "buffer_size=100" })}
[program:p]
command=/bin/sleep 1000
autostart=false
startsecs=0
autorestart=true`,
      { args: ["-i", "farm"] },
    );
    const earPid = await daemon.reaches("ear", "RUNNING");
    await hears(daemon, "ear", 2);
    await daemon.rpc("supervisor.startProcess", "p");
    const { pid } = await daemon.info("p");
    process.kill(pid, "SIGKILL");
    await hears(daemon, "ear", 7);
    const { pid: next } = await daemon.info("p");
    await daemon.rpc("supervisor.stopProcess", "p");
    await hears(daemon, "ear", 9);
    const p = "processname:p groupname:p from_state:";
    expect(told(daemon, "ear")).toEqual([
      "PROCESS_STATE_STARTING processname:ear groupname:ear from_state:STOPPED tries:0",
      `PROCESS_STATE_RUNNING processname:ear groupname:ear from_state:STARTING pid:${earPid}`,
      `PROCESS_STATE_STARTING ${p}STOPPED tries:0`,
      `PROCESS_STATE_RUNNING ${p}STARTING pid:${pid}`,
      `PROCESS_STATE_EXITED ${p}RUNNING expected:0 pid:${pid}`,
      `PROCESS_STATE_STARTING ${p}EXITED tries:0`,
      `PROCESS_STATE_RUNNING ${p}STARTING pid:${next}`,
      `PROCESS_STATE_STOPPING ${p}RUNNING pid:${next}`,
      `PROCESS_STATE_STOPPED ${p}STOPPING pid:${next}`,
    ]);
    for (const [index, { headers, payload }] of heard(daemon, "ear").entries())
      expect(headers).toEqual({
        ver: "3.0",
        server: "farm",
        serial: String(index),
        pool: "ear",
        poolserial: String(index),
        eventname: headers.eventname,
        len: String(payload.length),
      });
  });

  test("is told which child was stopped, also of one that leaves something behind", async () => {
    await using daemon = await startDaemon(`${listener("ear", "PROCESS_STATE_STOPPED")}
[program:p]
command=/bin/sh -c 'sleep 1000 & wait'
stopwaitsecs=1
startsecs=0`);
    const pid = await daemon.reaches("p", "RUNNING");
    await until("its child runs", () => childrenOf(pid).length === 1);
    await daemon.rpc("supervisor.stopProcess", "p");
    await hears(daemon, "ear", 1);
    expect(told(daemon, "ear")).toEqual([
      `PROCESS_STATE_STOPPED processname:p groupname:p from_state:STOPPING pid:${pid}`,
    ]);
  });

  test("can ask the daemon about a process while it handles an event", async () => {
    await using daemon = await startDaemon(
      `${listener("ear", "REMOTE_COMMUNICATION")}[program:p]\ncommand=/bin/sleep 1000\nautostart=false\n`,
    );
    await remote(daemon, "call", "p");
    await remote(daemon, "call", "ear");
    await hears(daemon, "ear", 2);
    expect(heard(daemon, "ear").map(({ answer }) => answer)).toEqual(["STOPPED", "RUNNING"]);
  });

  test("hears of groups that come and go, and of the daemon's end while others are being stopped", async () => {
    await using daemon =
      await startDaemon(`${listener("ear", "PROCESS_GROUP,SUPERVISOR_STATE_CHANGE,PROCESS_STATE_STOPPING")}
[program:p]
command=/bin/sh -c 'trap "sleep 1; exit 0" TERM; while :; do sleep 0.1; done'
startsecs=0
[program:old]
command=/bin/cat
autostart=false`);
    const pid = await daemon.reaches("p", "RUNNING");
    await daemon.rpc("supervisor.removeProcessGroup", "old");
    await daemon.rpc("supervisor.addProcessGroup", "old");
    await hears(daemon, "ear", 6);
    expect(told(daemon, "ear")).toEqual([
      "PROCESS_GROUP_ADDED groupname:ear\n",
      "PROCESS_GROUP_ADDED groupname:old\n",
      "PROCESS_GROUP_ADDED groupname:p\n",
      "SUPERVISOR_STATE_CHANGE_RUNNING ",
      "PROCESS_GROUP_REMOVED groupname:old\n",
      "PROCESS_GROUP_ADDED groupname:old\n",
    ]);
    await daemon.rpc("supervisor.shutdown");
    expect(await daemon.over()).toEqual({ code: 0, signal: null });
    expect(told(daemon, "ear").slice(6)).toEqual([
      "SUPERVISOR_STATE_CHANGE_STOPPING ",
      `PROCESS_STATE_STOPPING processname:p groupname:p from_state:RUNNING pid:${pid}`,
    ]);
  });
});

describe("a listener made with childutils that reads text", () => {
  // As docs/compatibility.md says how to move one.
  const reader = (read: string): string =>
    `/usr/bin/python3 -c "import io, sys; from supervisor import childutils${read}; wait = childutils.listener.wait;
    [(open(sys.argv[1], 'a', encoding='utf-8').write(wait(*given)[1].encode('latin-1').decode('utf-8') + chr(10)),
    childutils.listener.ok()) for _ in range(9)]"`.replaceAll("\n", "");
  const wrapped = "given = [io.TextIOWrapper(sys.stdin.buffer, encoding='latin-1', newline=chr(10))]";

  test.each([
    ["with its encoding in the environment", "; given = []", 'environment=PYTHONIOENCODING="latin-1"', "grüße €"],
    ["with bytes made characters", `; ${wrapped}`, "", "grüße €\r"],
  ])("hears all, %s", async (_, read, keys, said) => {
    await using daemon = await startDaemon(
      `[eventlistener:ear]\ncommand=${reader(read)} %(here)s/ear\nevents=REMOTE_COMMUNICATION\nstartsecs=0\n${keys}\n`,
    );
    for (const text of [said, "and more"]) await remote(daemon, "t", `${text}\n.`);
    const heardText = `type:t\n${said}\n.\ntype:t\nand more\n.\n`;
    await until("both are heard", () => daemon.read("ear") === heardText);
  });
});

describe("at the daemon's end", () => {
  const many = "[program:p]\ncommand=/bin/sleep 1000\nprocess_name=p%(process_num)02d\nnumprocs=50\nstartsecs=0\n";

  test("a listener hears of each of 50 programs that it has stopped, before it is stopped itself", async () => {
    await using daemon = await startDaemon(
      `${listener("ear", "PROCESS_STATE_STOPPED,PROCESS_STATE_RUNNING", { keys: "buffer_size=200" })}${many}`,
    );
    await hears(daemon, "ear", 51);
    daemon.signal("SIGTERM");
    expect(await daemon.over()).toEqual({ code: 0, signal: null });
    const stopped = told(daemon, "ear").slice(51);
    const names = stopped.map((line) => /^PROCESS_STATE_STOPPED processname:(p\d\d) /.exec(line)?.[1]);
    expect(names.toSorted()).toEqual(Array.from({ length: 50 }, (_, n) => `p${String(n).padStart(2, "0")}`));
  });

  test("one that hangs is waited for half a second at most, and not at all by who asks twice", async () => {
    const listeners = listener("ear", "PROCESS_STATE_STOPPED", { answers: "hang", keys: "buffer_size=200" });
    const end = async (signals: number): Promise<number> => {
      await using daemon = await startDaemon(`${listeners}${many}`);
      await daemon.reaches("p:p49", "RUNNING");
      await daemon.reaches("ear", "RUNNING");
      const began = performance.now();
      daemon.signal("SIGTERM");
      if (signals > 1) {
        await daemon.logged(/stopped: p49/);
        await daemon.hurry();
      }
      expect(await daemon.over()).toEqual({ code: 0, signal: null });
      return performance.now() - began;
    };
    const patient = await end(1);
    expect(patient).toBeGreaterThan(500);
    expect(patient).toBeLessThan(1500);
    expect(await end(2)).toBeLessThan(500);
  });
});

test.each(["QUIT", "TERM"])(
  "a listener that ends the daemon with SIG%s at each event does not cut short what it began",
  async (signal) => {
    const guard = `while echo READY && read -r line; do head -c \${line##*len:} > /dev/null; kill -${signal} $PPID; echo again >> signals; printf 'RESULT 2\\nOK'; done`;
    await using daemon = await startDaemon(
      `[eventlistener:guard]\ncommand=/bin/sh -c "${guard}"\nevents=PROCESS_STATE_EXITED,PROCESS_STATE_STOPPED\ndirectory=%(here)s\n` +
        "[program:fails]\ncommand=/bin/sh -c 'sleep 0.2; exit 1'\nstartsecs=0\nautorestart=false\n" +
        "[program:quick]\ncommand=/bin/sleep 1000\nstartsecs=0\n" +
        `[program:slow]\ncommand=/bin/sh -c "trap 'sleep 0.4; echo finished > done; exit 0' TERM; sleep 1000 & wait"\n` +
        "startsecs=0\ndirectory=%(here)s\n",
    );
    expect(await daemon.over()).toEqual({ code: 0, signal: null });
    expect(daemon.read("signals").split("again").length).toBeGreaterThan(2);
    expect(daemon.read("done")).toBe("finished\n");
  },
);

describe("a pool", () => {
  test("is told of no two events by the same number while the daemon's process lives, reloads included", async () => {
    await using daemon = await startDaemon(listener("ear", "SUPERVISOR_STATE_CHANGE_RUNNING"));
    await hears(daemon, "ear", 1);
    await daemon.rpc("supervisor.restart");
    await hears(daemon, "ear", 2);
    expect(heard(daemon, "ear").map(({ headers }) => [headers.serial, headers.poolserial])).toEqual([
      ["0", "0"],
      ["1", "0"],
    ]);
  });

  test("hears other events, and gets other processes, by update: a listener that stays is not restarted", async () => {
    const numbered = (count: number, events: string, keys = ""): string =>
      listener("ear", events, { keys: `numprocs=${count}\nprocess_name=e%(process_num)d\n${keys}` });
    await using daemon = await startDaemon(numbered(1, "REMOTE_COMMUNICATION"));
    const pid = await daemon.reaches("ear:e0", "RUNNING");
    await remote(daemon, "n", "1");
    await hears(daemon, "ear", 1);
    writeFileSync(
      daemon.file,
      iniFile(`${numbered(1, "PROCESS_GROUP", "buffer_size=50")}[program:p]\ncommand=/bin/cat\n`),
    );
    expect((await daemon.ctl("update")).stdout).toBe(
      "ear: stopped\near: updated process group\np: added process group\n",
    );
    await hears(daemon, "ear", 3);
    await remote(daemon, "n", "2");
    expect((await daemon.info("ear:e0")).pid).toBe(pid);
    writeFileSync(daemon.file, iniFile(`${numbered(2, "REMOTE_COMMUNICATION,TICK_5")}[program:p]\ncommand=/bin/cat\n`));
    await daemon.ctl("update");
    const second = await daemon.reaches("ear:e1", "RUNNING");
    process.kill(pid, "SIGSTOP"); // so that the next is for the second
    await remote(daemon, "n", "3");
    await remote(daemon, "n", "4");
    await until("the second has heard one", () => heard(daemon, "ear").some((event) => event.pid === second));
    process.kill(pid, "SIGCONT");
    const payloads = () => heard(daemon, "ear").flatMap(({ payload }) => (payload.startsWith("when:") ? [] : payload));
    // Of its own group it hears that it has come with the first update, but not that it goes with the second.
    const groups = ["groupname:ear\n", "groupname:p\n"];
    await until("all is heard", () => payloads().length >= 5);
    expect(payloads().toSorted()).toEqual([...groups, "type:n\n1", "type:n\n3", "type:n\n4"]);
    expect((await daemon.info("ear:e0")).pid).toBe(pid);
    await until("it ticks", () => heard(daemon, "ear").some(({ payload }) => payload.startsWith("when:")));
  });

  test("sends a rejected event again to itself and to no other pool, with its numbers", async () => {
    await using daemon = await startDaemon(
      listener("picky", "REMOTE_COMMUNICATION", { answers: "FAIL FAIL NO" }) +
        listener("easy", "REMOTE_COMMUNICATION") +
        listener("other", "PROCESS_GROUP_REMOVED"),
    );
    await remote(daemon, "a", "first");
    await remote(daemon, "a", "second");
    await hears(daemon, "picky", 5);
    await hears(daemon, "easy", 2);
    const numbered = (file: string) =>
      heard(daemon, file).map(({ headers, payload }) => [payload, headers.serial, headers.poolserial]);
    const first = ["type:a\nfirst", "0", "0"];
    const second = ["type:a\nsecond", "1", "1"];
    expect(numbered("picky")).toEqual([first, first, first, first, second]);
    expect(numbered("easy")).toEqual([first, second]);
    expect(numbered("other")).toEqual([]);
    await daemon.logged(/(WARN picky: event was rejected.*){3}/s);
  });

  test("gives the event of a listener that died to its next life", async () => {
    await using daemon = await startDaemon(listener("ear", "REMOTE_COMMUNICATION", { answers: "die" }));
    await remote(daemon, "a", "one");
    await hears(daemon, "ear", 1);
    const firstPid = heard(daemon, "ear")[0]?.pid;
    await daemon.logged(/exited: ear \(terminated by SIGKILL; not expected\)/);
    // Every life of it dies of its first event: the event is heard again and again, and never lost.
    await hears(daemon, "ear", 3);
    expect(texts(daemon, "ear").slice(0, 3)).toEqual(["type:a\none", "type:a\none", "type:a\none"]);
    expect(heard(daemon, "ear")[1]?.pid).not.toBe(firstPid);
  });

  test("keeps events for a listener that is stopped, the newest as far as the buffer goes", async () => {
    await using daemon = await startDaemon(
      listener("ear", "REMOTE_COMMUNICATION", { keys: "buffer_size=3\nautostart=false" }),
    );
    for (const word of ["one", "two", "three", "four", "five"]) await remote(daemon, "a", word);
    await daemon.logged(/discarding event 1/);
    expect(daemon.log.match(/ERRO pool ear event buffer overflowed, discarding event \d+/g)).toEqual([
      "ERRO pool ear event buffer overflowed, discarding event 0",
      "ERRO pool ear event buffer overflowed, discarding event 1",
    ]);
    await daemon.rpc("supervisor.startProcess", "ear");
    await hears(daemon, "ear", 3);
    expect(texts(daemon, "ear")).toEqual(["type:a\nthree", "type:a\nfour", "type:a\nfive"]);
    expect(heard(daemon, "ear").map(({ headers }) => headers.poolserial)).toEqual(["2", "3", "4"]);
  });

  test("shares its events among its processes, each to one of them", async () => {
    await using daemon = await startDaemon(
      listener("ears", "REMOTE_COMMUNICATION", {
        keys: "numprocs=3\nprocess_name=%(program_name)s_%(process_num)d\nbuffer_size=300",
      }),
    );
    const words = Array.from({ length: 200 }, (_, index) => `word ${index}`);
    for (const word of words) await remote(daemon, "a", word);
    await hears(daemon, "ears", words.length);
    const wanted = words.map((word) => `type:a\n${word}`);
    expect(texts(daemon, "ears").sort()).toEqual(wanted.sort());
  });
});
