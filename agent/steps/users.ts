import { chmod, lchown } from "node:fs/promises";
import { join } from "node:path";
import type { UserEntry, UsersStep } from "../../core/step.ts";
import { accountOf, hasGroup, hasUser } from "../accounts.ts";
import { folderInside } from "../inside.ts";
import { writeReplaced } from "../replaced.ts";
import type { InStep, StepContext } from "./step-context.ts";

/** Makes users, or changes those the image has, by the image's own useradd and usermod. */
export const makeUsers = async (
  { sandbox }: StepContext,
  step: UsersStep,
  inStep: InStep,
): Promise<void> => {
  for (const user of step.users) {
    const groups = user.group === undefined ? user.groups : [user.group, ...user.groups];
    for (const group of groups) {
      if (!(await hasGroup(sandbox.root, group))) await inStep(["groupadd", "--", group]);
    }
    const known = await hasUser(sandbox.root, user.name);
    const ownGroup = await hasGroup(sandbox.root, user.name);
    await inStep(known ? changed(user) : made(user, ownGroup));
    if (user.sshAuthorizedKeys.length > 0) await authorize(sandbox.root, user);
  }
};

const made = (user: UserEntry, ownGroup: boolean): string[] => [
  "useradd",
  ...(user.system ? ["--system"] : ["--create-home"]),
  ...(user.group === undefined ? groupOfItsName(user, ownGroup) : []),
  ...common(user),
];

const groupOfItsName = ({ name }: UserEntry, exists: boolean): string[] =>
  exists ? ["--gid", name] : ["--user-group"];

const changed = (user: UserEntry): string[] => [
  "usermod",
  ...(user.groups.length > 0 ? ["--append"] : []),
  ...common(user),
];

const common = (user: UserEntry): string[] => [
  ...(user.uid === undefined ? [] : ["--uid", String(user.uid)]),
  ...(user.group === undefined ? [] : ["--gid", user.group]),
  ...(user.groups.length === 0 ? [] : ["--groups", user.groups.join(",")]),
  ...["--comment", user.comment],
  ...(user.home === undefined ? [] : ["-d", user.home]),
  ...(user.shell === undefined ? [] : ["--shell", user.shell]),
  "--",
  user.name,
];

const authorize = async (root: string, user: UserEntry): Promise<void> => {
  const { uid, gid, home } = await accountOf(root, user.name);
  const folder = await folderInside(root, join(home, ".ssh"));
  const text = `${user.sshAuthorizedKeys.join("\n")}\n`;
  const keys = await writeReplaced(root, join(home, ".ssh/authorized_keys"), text, 0o600);
  await chmod(folder, 0o700);
  await lchown(folder, uid, gid);
  await lchown(keys, uid, gid);
};
