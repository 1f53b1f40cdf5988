import { expect, test } from "vitest";
import {
  allowsMore,
  lowestNice,
  refuseNice,
  refuseOomScore,
  refuseRlimit,
  refuseTooSmall,
  wantedLimit,
} from "../../src/core/kernel-refusal.ts";

test.each([
  [{ soft: 65_536 }, { soft: 1024, hard: 1_048_576 }, { soft: 65_536, hard: 1_048_576 }],
  [{ soft: 65_536 }, { soft: 1024, hard: 4096 }, { soft: 65_536, hard: 65_536 }],
  [{ soft: 65_536 }, { soft: 1024, hard: -1 }, { soft: 65_536, hard: -1 }],
  [{ soft: null }, { soft: 0, hard: 4096 }, { soft: -1, hard: -1 }],
  [
    { soft: 10, hard: 20 },
    { soft: 1024, hard: 4096 },
    { soft: 10, hard: 20 },
  ],
  [
    { soft: 10, hard: null },
    { soft: 1024, hard: 4096 },
    { soft: 10, hard: -1 },
  ],
])(
  "%j makes %j into %j: one figure sets the soft limit and lets the hard one be, unless it is in the way",
  (setting, current, wanted) => {
    expect(wantedLimit({ name: "nofile", ...setting }, current)).toEqual(wanted);
  },
);

test("nothing allows more than infinity", () => {
  expect([allowsMore(-1, 5), allowsMore(5, -1), allowsMore(-1, -1), allowsMore(6, 5), allowsMore(5, 5)]).toEqual([
    true,
    false,
    false,
    true,
    false,
  ]);
});

test("a refused limit is told with its key, its value, what is allowed, and how to start the container", () => {
  expect(refuseRlimit({ name: "nofile", soft: 65_536 }, { soft: 1024, hard: 4096 }, 1_048_576)).toBe(
    "cannot set rlimit_nofile=65536: the hard limit on open files is 4096 here and only CAP_SYS_RESOURCE may raise it; " +
      "start the container with --ulimit nofile=65536 (LimitNOFILE= in systemd) or --cap-add SYS_RESOURCE",
  );
  expect(refuseRlimit({ name: "nproc", soft: 10, hard: 4096 }, { soft: 1, hard: 100 }, null)).toContain(
    "cannot set rlimit_nproc=10:4096: the hard limit on processes and threads of its user is 100 here",
  );
  expect(refuseRlimit({ name: "core", soft: null }, { soft: 0, hard: 0 }, null)).toContain(
    "--ulimit core=-1 (LimitCORE= in systemd)",
  );
  expect(refuseRlimit({ name: "as", soft: 2 ** 30 }, { soft: 1, hard: 1 }, null)).toMatch(
    /; start the container with --cap-add SYS_RESOURCE$/,
  );
});

test("what the kernel allows nobody is not blamed on the container", () => {
  expect(refuseRlimit({ name: "nofile", soft: null }, { soft: 1, hard: 1 }, 1_048_576)).toBe(
    "cannot set rlimit_nofile=unlimited: the kernel allows at most 1048576 open files (fs.nr_open)",
  );
});

test("a limit in which no program can be loaded is refused, and units are mentioned", () => {
  expect(refuseTooSmall({ name: "as", soft: 512 })).toBe(
    "cannot set rlimit_as=512: no program can be loaded with less than 1048576 bytes (address space); sizes take a unit, as in 512MB",
  );
  expect(refuseTooSmall({ name: "stack", soft: 8 })).toContain("as in 8MB");
  expect(refuseTooSmall({ name: "as", soft: 2 ** 29 })).toBeNull();
  expect(refuseTooSmall({ name: "as", soft: null })).toBeNull();
  expect(refuseTooSmall({ name: "core", soft: 0 })).toBeNull();
});

test("how far a process may raise its priority is its own value or 20 minus its limit", () => {
  expect([lowestNice(0, 0), lowestNice(5, 0), lowestNice(0, 30), lowestNice(0, -1), lowestNice(-5, 10)]).toEqual([
    0, 5, -10, -20, -5,
  ]);
});

test("priority and OOM score are refused with the way to get them", () => {
  expect(refuseNice(-5, 0)).toBe(
    "cannot set nice=-5: the lowest allowed here is 0; start the container with --cap-add SYS_NICE or --ulimit nice=25",
  );
  expect(refuseOomScore(-500, 0)).toBe(
    "cannot set oom_score_adj=-500: below 0, which is the container's own, takes CAP_SYS_RESOURCE; " +
      "start the container with --oom-score-adj=-500 or --cap-add SYS_RESOURCE",
  );
});
