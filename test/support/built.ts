/** Where global-setup.ts says in which folder it built the package: a variable of the environment. */
export const builtPackage = "OVENBIRD_TEST_PACKAGE";

const built = (path: string): string => {
  const folder = process.env[builtPackage];
  if (folder === undefined) throw new Error("nothing is built: global-setup.ts was not run");
  return `${folder}/${path}`;
};

/** The agent as it is shipped. Throws when there is none. */
export const agentProgram = (): string => built("dist/agent/main.js");

/** The command as it is shipped, for Node. Throws when there is none. */
export const ovenbirdProgram = (): string => built("bin/ovenbird.js");
