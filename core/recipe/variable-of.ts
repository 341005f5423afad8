/** The environment variable that gives a parameter its value, and that has it in checks. */
export const variableOf = (name: string): string => `OVENBIRD_PARAM_${name}`;
