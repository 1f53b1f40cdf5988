/**
 * What an operation is: its name and signature for introspection, readers that turn what came over the
 * wire into arguments, and a function over the daemon. The table is in `operations.ts`.
 *
 * The readers take what supervisor 4.2.5 takes: any value for a boolean, by Python's idea of truth, and
 * digits in a text for an integer. Whatever else does not fit is fault 2.
 */
import { Fault } from "../core/faults.ts";
import { repr, wholeNumber } from "../core/python.ts";
import type { XmlRpcValue } from "../protocol/xmlrpc.ts";
import type { Reservation } from "./budget.ts";
import type { Daemon } from "./daemon.ts";

/** Names of types as `system.methodSignature` tells them. */
export type TypeName = "array" | "boolean" | "int" | "string" | "struct";

export interface Context {
  readonly daemon: Daemon;
  /** Room for the answer; whoever makes a large one reserves its bytes first. */
  readonly reply: Reservation;
  /** Performs another operation within the same request; rejects with a `Fault`. */
  readonly perform: (method: string, params: readonly XmlRpcValue[]) => Promise<XmlRpcValue>;
}

export interface Parameter<T> {
  readonly name: string;
  readonly type: TypeName;
  readonly help: string;
  /** Stands in when the parameter is left out; without it the parameter is required. */
  readonly fallback?: T;
  /** Throws a `Fault` for a value of the wrong type. */
  readonly read: (value: XmlRpcValue) => T;
}

export interface Operation {
  /** `namespace.method` */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly parameters: readonly Parameter<unknown>[];
  readonly returns: TypeName;
  readonly help: string;
  /** Changes nothing: for whoever may only look. */
  readonly reads: boolean;
  /** Performed even while the daemon shuts down or restarts. */
  readonly always: boolean;
  readonly run: (context: Context, args: readonly unknown[]) => XmlRpcValue | Promise<XmlRpcValue>;
}

type Arguments<P extends readonly Parameter<unknown>[]> = {
  [K in keyof P]: P[K] extends Parameter<infer T> ? T : never;
};

/** Checks that the function fits the parameters, then forgets their types: a table holds operations of all kinds. */
export function operation<const P extends readonly Parameter<unknown>[]>(definition: {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly parameters: P;
  readonly returns: TypeName;
  readonly help: string;
  readonly reads?: boolean;
  readonly always?: boolean;
  readonly run: (context: Context, ...args: Arguments<P>) => XmlRpcValue | Promise<XmlRpcValue>;
}): Operation {
  return {
    aliases: [],
    reads: false,
    always: false,
    ...definition,
    run: (context, args) => definition.run(context, ...(args as Arguments<P>)),
  };
}

/** @throws Fault INCORRECT_PARAMETERS for too few or too many */
export function checkCount({ parameters }: Operation, params: readonly XmlRpcValue[]): void {
  const required = parameters.filter((parameter) => parameter.fallback === undefined).length;
  if (params.length < required || params.length > parameters.length) throw new Fault("INCORRECT_PARAMETERS");
}

/** @throws Fault INCORRECT_PARAMETERS for a value of the wrong type */
export function readArguments({ parameters }: Operation, params: readonly XmlRpcValue[]): readonly unknown[] {
  return parameters.map(({ read, fallback }, index) => {
    const value = params[index];
    return value === undefined ? fallback : read(value);
  });
}

export function text(name: string, help: string): Parameter<string> {
  return { name, type: "string", help, read: (value) => (typeof value === "string" ? value : wrongType()) };
}

/** A text, or the text that Python has for it. */
export function anyText(name: string, help: string): Parameter<string> {
  return { name, type: "string", help, read: pythonText };
}

/** A text; `refuse` says what else there is not: nothing is called like that. */
export function textOr(name: string, help: string, refuse: (value: XmlRpcValue) => Fault): Parameter<string> {
  const read = (value: XmlRpcValue): string => {
    if (typeof value === "string") return value;
    throw refuse(value);
  };
  return { name, type: "string", help, read };
}

/** The name of a group: what is no text and no list is a name, too, but of no group. */
export function groupName(name: string, help: string): Parameter<string> {
  return textOr(name, help, (value) => {
    if (value === null) return new Fault("BAD_NAME");
    return typeof value === "object" ? new Fault("INCORRECT_PARAMETERS") : new Fault("BAD_NAME", pythonText(value));
  });
}

export function integer(name: string, help: string): Parameter<number> {
  return { name, type: "int", help, read: readInteger };
}

/** One that is read when it is wanted: whatever else is wrong with the call is told first. */
export function laterInteger(name: string, help: string): Parameter<() => number> {
  return { name, type: "int", help, read: (value) => () => readInteger(value) };
}

/** Left out, it is true. */
export function truth(name: string, help: string): Parameter<boolean> {
  return { name, type: "boolean", help, fallback: true, read: isTrue };
}

export function list(name: string, help: string): Parameter<readonly XmlRpcValue[]> {
  const read = (value: XmlRpcValue): readonly XmlRpcValue[] => {
    // An empty text has as little in it as an empty list.
    if (isList(value) || items(value)?.length === 0) return items(value) ?? [];
    return wrongType();
  };
  return { name, type: "array", help, read };
}

const isList = (value: XmlRpcValue): value is readonly XmlRpcValue[] => Array.isArray(value);

/** What Python goes through: the characters of a text, the names of a struct; null for what it does not go through. */
export function items(value: XmlRpcValue): readonly XmlRpcValue[] | null {
  if (typeof value === "string") return [...value];
  if (isList(value)) return value;
  return typeof value === "object" && value !== null ? Object.keys(value) : null;
}

/** `str()`: `True` for true, `['a']` for a list of a text. */
export function pythonText(value: XmlRpcValue): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value).replace("NaN", "nan").replace("Infinity", "inf");
  if (isList(value)) return `[${value.map(pythonValue).join(", ")}]`;
  if (typeof value !== "object") return String(value);
  return `{${Object.entries(value)
    .map(([name, member]) => `${repr(name)}: ${pythonValue(member)}`)
    .join(", ")}}`;
}

const pythonValue = (value: XmlRpcValue): string => (typeof value === "string" ? repr(value) : pythonText(value));

function readInteger(value: XmlRpcValue): number {
  if (typeof value === "number" && Number.isFinite(value)) return Math.trunc(value);
  if (typeof value === "boolean") return Number(value);
  return (typeof value === "string" ? wholeNumber(value.trim()) : null) ?? wrongType();
}

function isTrue(value: XmlRpcValue): boolean {
  // Not a number is as true as any number but zero.
  if (typeof value !== "object") return Number.isNaN(value) || Boolean(value);
  return value !== null && Object.keys(value).length > 0;
}

function wrongType(): never {
  throw new Fault("INCORRECT_PARAMETERS");
}
