import { appendFile, readFile, watch, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { BakeJob } from "../../../core/job.ts";
import type { AgentEnd } from "../../contracts/agents.ts";

/*
 * Takes the agent's place: reads what that is given, says so in `given`, a line each time, and ends
 * as `end.json` says once that is there, all in the folder of its result.
 */

const [jobPath = "", resultPath = ""] = process.argv.slice(2);
const folder = dirname(resultPath);
const secrets = await text(process.stdin);
if (secrets === "") throw new Error("whoever started it is gone"); // as the agent, which cannot parse that
const { inventory } = BakeJob.parse(JSON.parse(await readFile(jobPath, "utf8")));
await appendFile(join(folder, "given"), `${secrets}\n`);

const path = join(folder, "end.json");
const changes = watch(folder);
if (!existsSync(path)) for await (const { filename } of changes) if (filename === "end.json") break;

const end = JSON.parse(await readFile(path, "utf8")) as AgentEnd;
if (end.inventory) await writeFile(inventory, "an inventory");
if (end.result !== undefined) await writeFile(resultPath, end.result);
process.stderr.write(end.complaint);
process.exitCode = end.status;
