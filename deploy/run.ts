import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/*
 * `npm run deploy -- --stage NAME`: SST, installed here when it is missing, run from the top. Its
 * other commands go by `npm run deploy:sst -- remove --stage NAME`.
 */

const [command = "deploy", ...rest] = process.argv.slice(2);

/** Runs a program to its end, before the eyes of whoever deploys; its status. */
const run = (program: string, parameters: string[], env = process.env): number => {
  const { status, error } = spawnSync(program, parameters, { stdio: "inherit", env });
  if (error !== undefined) process.stderr.write(`${program}: ${error.message}\n`);
  return status ?? 1;
};

const install = (): number => {
  process.stderr.write("SST is being installed in deploy/: about 850 MB, a minute or two\n");
  const status = run("npm", ["ci", "--prefix", "deploy"]);
  if (status !== 0) process.stderr.write("SST could not be installed: npm says above why\n");
  return status;
};

const deploy = (): number =>
  run("deploy/node_modules/.bin/sst", [command, ...rest], {
    // nobody who deploys their own account has agreed to tell others of it
    ...{ SST_TELEMETRY_DISABLED: "1", ...process.env },
  });

const isInstalled = existsSync("deploy/node_modules/.bin/sst");
process.exitCode = (isInstalled ? 0 : install()) || deploy();
