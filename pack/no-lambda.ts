/*
 * In the place of what the interpreter would call Lambda functions with: see lean-interpreter.ts.
 * It makes a client for each task that has a resource, and asks it for nothing.
 */

const refuse = (): never => {
  throw new Error(
    "a bake on one machine has a handler for each task, and calls no Lambda function",
  );
};

export class LambdaClient {
  readonly send = refuse;
}

export const InvokeCommand = refuse;
export const fromCognitoIdentityPool = refuse;
export default refuse;
