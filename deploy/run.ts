import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/*
 * `npm run deploy -- --stage NAME`: SST, installed here when it is missing, run from the top. Its
 * other commands go by `npm run deploy:sst -- remove --stage NAME`.
 */

const [command = "deploy", ...rest] = process.argv.slice(2);

if (!existsSync("deploy/node_modules/.bin/sst")) {
  process.stderr.write("SST is being installed in deploy/: about 850 MB, a minute\n");
  execFileSync("npm", ["ci", "--prefix", "deploy"], { stdio: "inherit" });
}

const { status } = spawnSync("deploy/node_modules/.bin/sst", [command, ...rest], {
  stdio: "inherit",
  // nobody who deploys their own account has agreed to tell others of it
  env: { SST_TELEMETRY_DISABLED: "1", ...process.env },
});
process.exitCode = status ?? 1;
