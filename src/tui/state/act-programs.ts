/** Commands that ask something of programs. What may hurt is asked about first. */
import type { RemoteProgram } from "../../client/overview.ts";
import type { CommandId } from "./commands.ts";
import { typed } from "./dialog.ts";
import type { Request } from "./effects.ts";
import { doing, naming, questions, signals } from "./orders.ts";
import { subjectOf, targetsOf } from "./rows.ts";
import { displayName, idOf, type State } from "./state.ts";
import { type Act, type Step, say } from "./step.ts";

const nextJob = ({ jobs }: State): number => Math.max(0, ...jobs.map((job) => job.id)) + 1;

/** Begins a request; marks have done their duty then. */
export function begin(state: State, request: Request, at: number): Step {
  const programs = state.overview.processes.filter((program) => request.ids.includes(idOf(program)));
  const id = nextJob(state);
  const title = `${doing[request.type]} ${naming(programs)}`;
  const job = { id, title, total: request.ids.length, done: 0 };
  return [
    {
      ...say(state, at, `${title} …`),
      dialog: null,
      jobs: [...state.jobs, job],
      table: { ...state.table, marked: new Set() },
    },
    { type: "request", job: id, request },
  ];
}

/** What was typed for the program of the selected process: a number of copies. */
export function beginScale(state: State, typedText: string, at: number): Step {
  const subject = subjectOf(state.overview, state.table);
  const closed: State = { ...state, dialog: null };
  if (subject === null) return [say(closed, at, "there is no program to do that to", "bad")];
  const text = typedText.trim();
  const copies = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (copies < 1) return [say(closed, at, "copies are a number from 1 on", "bad")];
  const id = nextJob(state);
  const title = `scaling ${subject.program} to ${copies}`;
  return [
    { ...say(closed, at, `${title} …`), jobs: [...state.jobs, { id, title, total: 1, done: 0 }] },
    { type: "scale", job: id, program: subject.program, copies },
  ];
}

/** Nothing can be asked of nobody. */
function withTargets(act: (state: State, targets: readonly RemoteProgram[], at: number) => Step): Act {
  return (state, at) => {
    const targets = targetsOf(state.overview, state.table);
    return targets.length === 0
      ? [say(state, at, "there is no program to do that to", "bad")]
      : act(state, targets, at);
  };
}

const ids = (programs: readonly RemoteProgram[]): readonly string[] => programs.map(idOf);

function asking(type: keyof typeof questions): Act {
  return withTargets((state, targets) => [
    {
      ...state,
      dialog: {
        type: "confirm",
        question: questions[type](naming(targets)),
        lines: targets.map((program) => `${displayName(program)}  ${program.state}`),
        request: { type, ids: ids(targets) },
      },
    },
  ]);
}

export const programActs = {
  start: withTargets((state, targets, at) => begin(state, { type: "start", ids: ids(targets) }, at)),
  stop: asking("stop"),
  restart: asking("restart"),
  clear: asking("clear"),
  signal: withTargets((state, targets) => [
    {
      ...state,
      dialog: {
        type: "menu",
        title: `Send to ${naming(targets)}`,
        choices: signals.map(([signal, purpose]) => ({
          label: `${signal.padEnd(6)} ${purpose}`,
          request: { type: "signal", signal, ids: ids(targets) },
        })),
        chosen: 0,
      },
    },
  ]),
  scale: (state, at) => {
    const subject = subjectOf(state.overview, state.table);
    if (subject === null) return [say(state, at, "there is no program to do that to", "bad")];
    const { group, program } = subject;
    const copies = state.overview.processes.filter((each) => each.group === group && each.program === program).length;
    const input = typed(String(copies));
    return [
      { ...state, dialog: { type: "prompt", purpose: "scale", label: `copies of ${program}`, input, before: "" } },
    ];
  },
  stdin: withTargets((state, targets) => [
    {
      ...state,
      dialog: { type: "prompt", purpose: "stdin", label: `to ${naming(targets)}`, input: typed(""), before: "" },
    },
  ]),
} satisfies Partial<Record<CommandId, Act>>;
