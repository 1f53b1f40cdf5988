/**
 * Values of our own keys: whatever the text, its reader answers at once, with a value or with a refusal
 * that has words and a place; and what it has read, written out plainly, is read as the same again.
 */
import { careOptions } from "../../../src/config/care-options.ts";
import { Refusal } from "../../../src/config/complaint.ts";
import type { Option, OptionType } from "../../../src/config/option.ts";
import { Paths } from "../../../src/config/paths.ts";
import { readers, type Values } from "../../../src/config/values.ts";
import { machine } from "../../../test/config/machine.ts";
import { mutate } from "../mutate.ts";
import { listWords, usual } from "../program-lists.ts";
import { demand, demandEqual, type Target } from "../target.ts";

const options: readonly Option[] = Object.values(careOptions);
const texts = Object.values(usual).flat();
const surroundings = machine("/", { HOME: "/root" });
const around = { paths: new Paths(surroundings), accounts: surroundings.accounts };

export const values: Target = {
  deadlineMs: 1000,
  parallel: 1,
  generate: (random) => {
    const turn = random.below(options.length);
    const fitting = usual[options[turn]?.type ?? "text"];
    const text = random.pick(random.chance(0.9) ? fitting : texts);
    return { text: random.chance(0.9) ? mutate(random, text, listWords, texts) : text, turn };
  },
  check: ({ text, turn }) => {
    const option = options[turn];
    if (option === undefined) return;
    const value = read(text, option);
    if (value === null) return;
    checkValue(value, option);
    const plain = written[option.type]?.(value as never);
    if (plain !== undefined) demandEqual(read(plain, option), value, `another value when it is written as ${plain}`);
  },
};

type Value = Values[OptionType];

/** Null when it is refused. */
function read(text: string, option: Option): Value | null {
  try {
    return readers[option.type](text, around, { option });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    demand(error.message !== "", "a refusal without words");
    demand(/undefined|NaN/.test(text) || !/undefined|NaN/.test(error.message), error.message);
    demand(error.offset >= 0 && error.offset <= text.length, `a refusal beside the text: ${error.offset}`);
    demand(error.message.length < 5000, `a refusal of ${error.message.length} characters`);
    return null;
  }
}

function checkValue(value: Value, { least = 0, most, words }: Option): void {
  if (typeof value === "number") {
    demand(Number.isFinite(value) && value >= least && value <= (most ?? Number.MAX_SAFE_INTEGER), `${value}`);
  }
  if (words !== undefined) demand(words.includes(String(value)), String(value));
  if (Array.isArray(value)) demand(!value.includes(""), "an empty item");
}

const bound = (limit: number | null): string => (limit === null ? "unlimited" : String(limit));

/** A value as text, for the types whose values have a plain form. */
const written: { readonly [T in OptionType]?: (value: Values[T]) => string } = {
  choice: String,
  count: String,
  crashloop: ({ exits, withinMs }) => `${exits}/${withinMs}ms`,
  cron: String,
  dependencies: (items) => items.map(({ on, condition }) => `${on}:${condition}`).join(),
  duration: (ms) => `${ms}ms`,
  endpoint: ({ host, port }) => `[${host}]:${port}`,
  percent: (number) => `${number}%`,
  regexp: String,
  rlimit: ({ soft, hard }) => (hard === undefined ? bound(soft) : `${bound(soft)}:${bound(hard)}`),
  size: String,
  timezone: String,
  url: String,
};
