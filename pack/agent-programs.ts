/** Programs and threads of the agent: each becomes one file. */
export const agentPrograms = ["main", "inventory/thread", "step-cache/fetch-digests"].map(
  (name) => `agent/${name}.ts`,
);
