/**
 * How a log target logs in: by what the list says or a file holds, which is read for each request; and how what a server says
 * is told without what it was sent.
 */
import { isToken, type LogTargetSettings, type Secret } from "../core/log-target.ts";
import { readSmallFile } from "../system/small-file.ts";

const secretBytes = 64 * 1024;
const certificateBytes = 1024 * 1024;

/** Whether a header can hold it, once it is encoded: anything but what controls. */
const isPlain = (text: string): boolean => /^[\x20-\x7e\u0080-\uffff]+$/.test(text);

/** The header. @throws Error `cannot read PATH: cause` */
export async function authorization(login: NonNullable<LogTargetSettings["login"]>): Promise<string> {
  if (login.type === "bearer") return `Bearer ${await secretOf(login.token, isToken)}`;
  const password = await secretOf(login.password, isPlain);
  return `Basic ${Buffer.from(`${login.username}:${password}`).toString("base64")}`;
}

/** As secrets of programs are read: without the line end that editors leave. An empty file is one that is being written. */
async function secretOf(secret: Secret, isFit: (text: string) => boolean): Promise<string> {
  if ("text" in secret) return secret.text;
  const text = (await readSmallFile(secret.file, secretBytes)).replace(/\r?\n$/, "");
  if (isFit(text)) return text;
  throw new Error(
    `cannot take a secret from ${secret.file}: it ${text === "" ? "is empty" : "holds what no header can"}`,
  );
}

/** Text of certificates; null without a file. With an empty text the usual ones would be trusted. @throws Error `cannot read PATH: cause` */
export async function certificatesOf(file: string | null): Promise<string | null> {
  if (file === null) return null;
  const text = await readSmallFile(file, certificateBytes);
  if (/^-----BEGIN [A-Z0-9 ]*CERTIFICATE-----$/m.test(text.replaceAll("\r", ""))) return text;
  throw new Error(`cannot take certificates from ${file}: it holds none (PEM)`);
}

/** A server may repeat what it was sent, and where its text is cut, the beginning of that. */
export const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  secrets
    .filter((secret) => secret !== "")
    .reduce((shown, secret) => withoutBeginning(shown.replaceAll(secret, "…"), secret), text);

/** What is shorter may be a word. */
const shortestBeginning = 3;

function withoutBeginning(text: string, secret: string): string {
  for (let length = Math.min(secret.length, text.length); length >= shortestBeginning; length--)
    if (text.endsWith(secret.slice(0, length))) return `${text.slice(0, -length)}…`;
  return text;
}

/** Longer ones first, as they may hold others. */
export function secretsOf(headers: Readonly<Record<string, string>>): string[] {
  const secret = Object.entries(headers).filter(([name]) => !told.has(name.toLowerCase()));
  const all = secret.flatMap(([name, value]) => (/authorization$/i.test(name) ? credentialsOf(value) : [value]));
  return all.sort((a, b) => b.length - a.length);
}

const told: ReadonlySet<string> = new Set(["user-agent", "content-type", "content-encoding"]);

/** Of `Bearer token`, `Basic base64` and what others have made up (RFC 9110, 11.4). */
function credentialsOf(value: string): string[] {
  const [, scheme = "", credentials = ""] = /^(\S+)\s+(.*)$/.exec(value) ?? ["", "", value];
  if (scheme.toLowerCase() !== "basic") return [value, credentials];
  const password = Buffer.from(credentials, "base64")
    .toString()
    .replace(/^[^:]*:/, "");
  return [value, credentials, password];
}

/** Tokens stand in paths and queries, too; what is short there is a word. */
const shortestToken = 12;

export const secretsOfPath = (path: string): string[] =>
  path.split(/[/?&=]/).filter(({ length }) => length >= shortestToken);
