/** Where global-setup.ts says which agent it built: a variable of the environment. */
export const builtAgent = "OVENBIRD_TEST_AGENT";

/** The agent as it is shipped. Throws when there is none. */
export const agentProgram = (): string => {
  const program = process.env[builtAgent];
  if (program === undefined) throw new Error("there is no agent: global-setup.ts was not run");
  return program;
};
