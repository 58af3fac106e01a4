import { StageFailure } from "./plan.ts";

export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups, the primary one first. */
  readonly groups: readonly number[];
  readonly home: string;
}

/**
 * Who `spec` (`""`, `name`, `uid`, `name:group`, `uid:gid`) is, by the texts of the root's /etc/passwd and /etc/group. As Docker
 * has it: a uid without entry is taken as it stands with group 0 and home `/`; the groups that list the user count only where
 * no group is given.
 * @throws StageFailure for a name that has no entry
 */
export function resolveUser(spec: string, passwd: string, group: string): ResolvedUser {
  const colon = spec.indexOf(":");
  const userPart = (colon < 0 ? spec : spec.slice(0, colon)) || "0";
  const groupPart = colon < 0 ? "" : spec.slice(colon + 1);

  const wantedUid = idOf(userPart);
  const entry = rows(passwd).find(
    ([name, , uid]) => name === userPart || (wantedUid !== undefined && idOf(uid) === wantedUid),
  );
  const uid = (entry === undefined ? undefined : idOf(entry[2])) ?? wantedUid;
  if (uid === undefined) {
    throw new StageFailure(`unable to find user ${userPart}: no matching entries in passwd file`, {
      hint: "name one of the image's /etc/passwd, or give its number",
    });
  }
  const name = entry?.[0];
  const home = entry?.[5] || "/";
  const ownGid = (entry === undefined ? undefined : idOf(entry[3])) ?? 0;
  if (groupPart === "") {
    const listed = rows(group)
      .filter(
        ([, , gid, members]) =>
          idOf(gid) !== undefined && name !== undefined && members?.split(",").includes(name),
      )
      .map(([, , gid]) => Number(gid));
    return { uid, gid: ownGid, groups: [...new Set([ownGid, ...listed])], home };
  }
  const wantedGid = idOf(groupPart);
  const groupRow = rows(group).find(
    ([groupName, , gid]) => groupName === groupPart || (wantedGid !== undefined && idOf(gid) === wantedGid),
  );
  const gid = (groupRow === undefined ? undefined : idOf(groupRow[2])) ?? wantedGid;
  if (gid === undefined) {
    throw new StageFailure(`unable to find group ${groupPart}: no matching entries in group file`, {
      hint: "name one of the image's /etc/group, or give its number",
    });
  }
  return { uid, gid, groups: [gid], home };
}

/** `groups` with those of `more`, names or numbers, by the text of the root's /etc/group. @throws StageFailure for a name that has no entry */
export function withGroups(groups: readonly number[], more: readonly string[], text: string): number[] {
  const added = more.map((name) => {
    const row = rows(text).find(([rowName]) => rowName === name);
    const gid = (row === undefined ? undefined : idOf(row[2])) ?? idOf(name);
    if (gid !== undefined) return gid;
    throw new StageFailure(`Unable to find group ${name}: no matching entries in group file`, {
      hint: "name one of the image's /etc/group, or give its number",
    });
  });
  return [...new Set([...groups, ...added])];
}

function rows(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => line.split(":"));
}

/** Ids end below 2^31: 2^32 - 1 means "leave as it is" to the kernel, which for us would be root. */
function idOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id < 2 ** 31 ? id : undefined;
}
