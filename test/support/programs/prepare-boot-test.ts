import { readFile, writeFile } from "node:fs/promises";
import { testProgram } from "../../../aws/test-machine/script.ts";
import { TestJob } from "../../../core/job.ts";

/*
 * Takes the agent's place where an image is prepared to be tested: in the image's place is the
 * program of its tests, for a shell.
 */

const [jobPath = "", resultPath = ""] = process.argv.slice(2);
const { disk, tests } = TestJob.parse(JSON.parse(await readFile(jobPath, "utf8")));
await writeFile(disk, testProgram(tests));
await writeFile(resultPath, JSON.stringify({ status: "succeeded" }));
