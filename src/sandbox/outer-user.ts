const variable = "KASANE_OUTER_USER";

/** Who started the command that runs itself again in a user namespace. */
export interface OuterUser {
  readonly uid: number;
  readonly gid: number;
  /** The soft limit of open files it was started with. */
  readonly openFiles?: number;
}

/** undefined when this process is not the inner run of reexecInUserNamespace(). */
export function outerUser(): OuterUser | undefined {
  const match = /^(\d+):(\d+):(\d*)$/.exec(process.env[variable] ?? "");
  if (match === null) return undefined;
  const openFiles = match[3] === "" ? {} : { openFiles: Number(match[3]) };
  return { uid: Number(match[1]), gid: Number(match[2]), ...openFiles };
}

export function outerUserEnvironment({ uid, gid, openFiles }: OuterUser): Record<string, string> {
  return { [variable]: `${uid}:${gid}:${openFiles ?? ""}` };
}
