/** Users and groups of this machine, as the configuration and the spawner need them. */
import { accountByName, accountByUid, groupByName, groupsOf, type Passwd } from "./libc.ts";

export type Account = Passwd;

/** A user by name or numeric id; null when there is no such account. */
export function user(nameOrUid: string): Account | null {
  return /^\d+$/.test(nameOrUid) ? accountByUid(Number(nameOrUid)) : accountByName(nameOrUid);
}

/** A group by name or numeric id. A number need not be listed anywhere, as for chown(1). */
export function group(nameOrGid: string): { readonly gid: number } | null {
  const gid = /^\d+$/.test(nameOrGid) ? Number(nameOrGid) : groupByName(nameOrGid);
  return gid === null ? null : { gid };
}

/** Primary and supplementary groups of a user, the primary one first. */
export function groups(account: Account): readonly number[] {
  return groupsOf(account.name, account.gid);
}
