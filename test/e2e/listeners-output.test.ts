/**
 * What programs and listeners write, as listeners hear of it: events of output, messages between marks, and what a
 * listener says without being asked.
 */
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fixture, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { heard, hears, listener, remote, texts, told } from "../helpers/listener.ts";
import { until } from "../helpers/until.ts";

describe("output as events", () => {
  test("is text, counted in bytes, whatever the bytes are", async () => {
    await using daemon = await startDaemon(
      `${listener("ear", "PROCESS_LOG")}
[program:p]
command=/bin/sh -c 'printf "grüße €\\n"; read x; printf "\\377\\200\\000." >&2; exec cat'
stdout_events_enabled=true
stderr_events_enabled=true
startsecs=0`,
    );
    const pid = await daemon.reaches("p", "RUNNING");
    await hears(daemon, "ear", 1);
    await daemon.rpc("supervisor.sendProcessStdin", "p", "go\n");
    await hears(daemon, "ear", 2);
    const [first, second] = heard(daemon, "ear");
    const head = `processname:p groupname:p pid:${pid} channel:`;
    expect(first?.headers.eventname).toBe("PROCESS_LOG_STDOUT");
    expect(Buffer.from(first?.payload ?? "", "latin1").toString()).toBe(`${head}stdout\ngrüße €\n`);
    expect(first?.headers.len).toBe(String(Buffer.byteLength(`${head}stdout\ngrüße €\n`)));
    expect(second?.headers.eventname).toBe("PROCESS_LOG_STDERR");
    expect(second?.payload).toBe(`${head}stderr\n${String.raw`Undecodable: b'\xff\x80\x00.'`}`);
    // It is still in step: the next event follows.
    await daemon.rpc("supervisor.sendProcessStdin", "p", "äöü");
    await hears(daemon, "ear", 3);
    expect(texts(daemon, "ear")[2]).toBe(`${head}stdout\näöü`);
  });

  test("becomes messages between marks, across split reads, and every other byte is in the log", async () => {
    await using daemon = await startDaemon(
      `${listener("ear", "PROCESS_COMMUNICATION")}
[program:p]
command=${fixture("communicator")}
stdout_capture_maxbytes=1MB
stderr_capture_maxbytes=1KB
stdout_logfile=%(here)s/p.log
stderr_logfile=%(here)s/p.err
autorestart=false
startsecs=0`,
    );
    await daemon.reaches("p", "EXITED");
    await hears(daemon, "ear", 4);
    const pid = (await daemon.logged(/(?<=spawned: 'p' with pid )\d+/)).trim();
    const head = `processname:p groupname:p pid:${pid}\n`;
    const stdout = heard(daemon, "ear").filter(({ headers }) => headers.eventname === "PROCESS_COMMUNICATION_STDOUT");
    expect(stdout.map(({ payload }) => Buffer.from(payload, "latin1").toString())).toEqual([
      `${head}by childutils: ä€\n`,
      `${head}byte by byte`,
      head + "0123456789".repeat(30_000),
    ]);
    const stderr = heard(daemon, "ear").filter(({ headers }) => headers.eventname === "PROCESS_COMMUNICATION_STDERR");
    expect(stderr.map(({ payload }) => payload)).toEqual([`${head}on stderr`]);
    expect(daemon.read("p.log")).toBe("before\nbetween\n<!--XSUPERVISOR: not a mark-->\nafter\n<!--XSUPERVISOR:BEG");
    expect(daemon.read("p.err")).toBe("");
  });

  test("is whole in a message longer than allowed that comes in one read, and the newest of one in several", async () => {
    await using daemon = await startDaemon(
      `${listener("ear", "PROCESS_COMMUNICATION")}
[program:p]
command=${fixture("communicator")}
stdout_capture_maxbytes=5
stdout_logfile=%(here)s/p.log
autorestart=false
startsecs=0`,
    );
    await hears(daemon, "ear", 3);
    const [first, , third = ""] = texts(daemon, "ear").map((text) => text.split("\n", 2)[1]);
    expect(first).toBe("by childutils: ä€");
    expect("0123456789".repeat(30_000).endsWith(third)).toBe(true);
    expect(third.length).toBeLessThan(300_000); // the longest read is shorter
  });

  test("of a listener reaches its pool as it was written, marks and escape sequences included, and is no event", async () => {
    const answer = "<!--XSUPERVISOR:BEGIN-->\x1b[31mred<!--XSUPERVISOR:END-->";
    await using daemon = await startDaemon(
      `${listener("ear", "REMOTE_COMMUNICATION,PROCESS_COMMUNICATION,PROCESS_LOG", {
        answers: `"${answer}"`,
        keys: "stdout_capture_maxbytes=1KB\nstdout_events_enabled=true\nstdout_logfile=%(here)s/ear.log",
      })}`,
      { args: ["-t"] },
    );
    await remote(daemon, "a", "1");
    await hears(daemon, "ear", 2);
    expect(told(daemon, "ear")).toEqual(["REMOTE_COMMUNICATION type:a\n1", "REMOTE_COMMUNICATION type:a\n1"]);
    expect(daemon.log).toContain("ear: event was rejected");
    expect(daemon.log).not.toContain("UNKNOWN");
    await until("its log has the answer", () => daemon.read("ear.log").includes("XSUPERVISOR:BEGIN-->red<!"));
  });
});

describe("what a listener says unasked", () => {
  /** Is ready, and says something once a file is there. */
  const talker = `[eventlistener:talker]
command=/bin/sh -c 'echo READY; until [ -e %(here)s/go ]; do sleep 0.05; done; echo more; exec sleep 1000'
events=PROCESS_COMMUNICATION
startsecs=0
`;
  const shown = "talker: bad result line: 'more'";
  const talks = async (daemon: TestDaemon) => {
    await daemon.reaches("talker", "RUNNING");
    writeFileSync(daemon.path("go"), "");
    await daemon.logged(/talker: has entered the UNKNOWN state/);
  };

  test("is the end of it, and is not shown", async () => {
    await using daemon = await startDaemon(talker);
    await talks(daemon);
    expect(daemon.log).not.toContain(shown);
  });

  test("is shown where the reference would have sent it an event that another pool has rejected", async () => {
    await using daemon = await startDaemon(`${talker}${listener("ear", "REMOTE_COMMUNICATION", { answers: "FAIL" })}`);
    await remote(daemon, "a", "1");
    await daemon.logged(/ear: event was rejected/);
    await talks(daemon);
    expect(daemon.log).toContain(shown);
  });
});
