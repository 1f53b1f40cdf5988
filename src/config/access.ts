/** Who may do what on a server: the keys that its section has of it. */
import { type AccessSettings, type Credentials, type GuestSettings, isOpen } from "../core/access.ts";
import type { HttpServerSettings } from "../core/program.ts";
import type { Section } from "./document.ts";
import { type Evaluation, SectionReader } from "./section-reader.ts";

/** Every kind of server has these keys. */
type Reader = SectionReader<"unix_http_server">;

export function readAccess(section: Section, evaluation: Evaluation): AccessSettings {
  const reader = new SectionReader("unix_http_server", section, [evaluation.environment], evaluation);
  const login = { username: reader.read("username"), password: reader.read("password") };
  const credentials = bothOrNeither(reader, "username", "password", login);
  return { credentials, guests: guestsOf(reader) };
}

const guestKeys = ["public", "metrics_token", "readonly_username", "readonly_password"] as const;

/** Also a key that turns out to be empty says that not everyone may do everything. */
function guestsOf(reader: Reader): GuestSettings | null {
  const login = { username: reader.read("readonly_username"), password: reader.read("readonly_password") };
  const readOnly = bothOrNeither(reader, "readonly_username", "readonly_password", login);
  const metricsToken = reader.read("metrics_token");
  if (metricsToken !== null && !/^[\x21-\x7e]+$/.test(metricsToken)) {
    reader.refuse("metrics_token is not a token", {
      key: "metrics_token",
      hint: "letters, digits and signs, no blanks",
    });
  }
  if (guestKeys.every((key) => reader.entry(key) === undefined)) return null;
  return { open: reader.read("public"), metricsToken, readOnly };
}

interface Login {
  readonly username: string | null;
  readonly password: string | null;
}

type LoginKey = "username" | "password" | "readonly_username" | "readonly_password";

/** The words are the reference's. */
function bothOrNeither(reader: Reader, name: LoginKey, secret: LoginKey, login: Login): Credentials | null {
  const { section, evaluation } = reader;
  if ((reader.entry(name) === undefined) !== (reader.entry(secret) === undefined)) {
    const rule = `If a ${name} or a ${secret} is specified, both the ${name} and ${secret} must be specified`;
    const message = `Section [${section.name}] contains incomplete authentication: ${rule}`;
    evaluation.complaints.error(message, section.place, { section: section.name });
  }
  const { username, password } = login;
  return username === null || password === null ? null : { username, password };
}

/** A server for guests alone is fine as long as there is another one. */
export function warnOfLockedOut(
  servers: readonly HttpServerSettings[],
  sections: readonly Section[],
  { complaints }: Evaluation,
): void {
  if (servers.length === 0 || servers.some((server) => isOpen(server) || server.credentials !== null)) return;
  const section = sections.find(({ name }) => name === servers[0]?.section);
  if (section === undefined) return;
  complaints.warn(
    "nobody can control this daemon: its servers have guests, and no username and password",
    section.place,
    {
      section: section.name,
      hint: "add a [unix_http_server], or username and password",
    },
  );
}
