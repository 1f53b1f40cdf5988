/**
 * Who may do what on a control server. supervisord knows two kinds of people: those who may do everything, and, where
 * there is a password, those who may do nothing. In between come probes, scrapers and people who only look.
 */

export interface Credentials {
  readonly username: string;
  /** Plain, or `{SHA}` and the hexadecimal SHA-1 of it. */
  readonly password: string;
}

/** What may be open to everyone although the rest is not. */
export const publicAreas = ["health", "metrics"] as const;
export type PublicArea = (typeof publicAreas)[number];

/** `read`: whatever changes nothing, logs too; `control`: everything. */
export type Area = PublicArea | "read" | "control";

export interface GuestSettings {
  readonly open: readonly PublicArea[];
  /** A bearer token for all public areas. */
  readonly metricsToken: string | null;
  /** For all but control. */
  readonly readOnly: Credentials | null;
}

export interface AccessSettings {
  /** For everything. */
  readonly credentials: Credentials | null;
  /** null: nothing is said of guests. */
  readonly guests: GuestSettings | null;
}

/** Whether whoever reaches the server may do everything: nobody is told from anybody else. */
export const isOpen = ({ credentials, guests }: AccessSettings): boolean => credentials === null && guests === null;
