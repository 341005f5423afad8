import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/*
 * Three projects: `fast` needs nothing but Node and the system tools; `bakes` bakes and boots real
 * images, one after the other, because two emulated machines on two cores only wait for each
 * other; `slow` is what takes longer than a default run should.
 */
const shared = { globalSetup: "test/global-setup.ts", pool: "forks" } as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: "fast",
          include: ["test/**/*.test.ts"],
          exclude: ["test/bakes/**", "test/slow/**"],
          // a third of the time that they take they wait: for clocks, servers and disks
          maxWorkers: availableParallelism() + 1,
          retry: 1, // they share loop devices, control groups and two processors with each other
          // the longest takes 15 s, or ten times that on a machine that others work on, too
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          ...shared,
          name: "bakes",
          include: ["test/bakes/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
        },
      },
      {
        test: {
          ...shared,
          name: "slow",
          include: ["test/slow/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 7_200_000,
          hookTimeout: 1_800_000,
        },
      },
    ],
  },
});
