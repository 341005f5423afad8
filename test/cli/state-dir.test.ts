import { userInfo } from "node:os";
import { afterEach, expect, test, vi } from "vitest";
import { stateDirOf } from "../../cli/state-dir.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("the state is where --state says", () => {
  expect(stateDirOf("/srv/images/../ovens")).toBe("/srv/ovens");
});

test("the state is in XDG_DATA_HOME, which must be an absolute path", () => {
  vi.stubEnv("SUDO_USER", undefined);
  vi.stubEnv("HOME", "/home/baker");
  vi.stubEnv("XDG_DATA_HOME", "/data");
  expect(stateDirOf(undefined)).toBe("/data/ovenbird");
  vi.stubEnv("XDG_DATA_HOME", "data");
  expect(stateDirOf(undefined)).toBe("/home/baker/.local/share/ovenbird");
});

test("under sudo the state is root's own", () => {
  vi.stubEnv("XDG_DATA_HOME", undefined);
  vi.stubEnv("HOME", "/home/baker");
  vi.stubEnv("SUDO_USER", "baker");
  expect(stateDirOf(undefined)).toBe(`${userInfo().homedir}/.local/share/ovenbird`);
});
