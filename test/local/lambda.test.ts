import { expect, test } from "vitest";
import * as z from "zod";
import { NotFound } from "../../core/errors.ts";
import { task } from "../../core/task.ts";
import { asLambda } from "../../local/lambda.ts";

test("input and answer go through JSON: a Date becomes text, undefined goes", async () => {
  let seen: unknown;
  const call = asLambda(async (event) => {
    seen = event;
    return { at: new Date(0), gone: undefined };
  });
  const answer = await call({ FunctionName: "x", Payload: { at: new Date(0), gone: undefined } });
  expect(seen).toEqual({ at: "1970-01-01T00:00:00.000Z" });
  expect(Object.keys(seen as object)).toEqual(["at"]);
  expect(answer).toEqual({ StatusCode: 200, Payload: { at: "1970-01-01T00:00:00.000Z" } });
});

test("the handler cannot change what its caller holds", async () => {
  const event = { list: [1] };
  await asLambda(async (given) => (given as typeof event).list.push(2))({ Payload: event });
  expect(event).toEqual({ list: [1] });
});

test("an answer of nothing is null", async () => {
  const answer = await asLambda(async () => undefined)({ Payload: {} });
  expect(answer).toEqual({ StatusCode: 200, Payload: null });
});

test("an error is reported under its name, with Lambda's JSON as its message", async () => {
  const call = asLambda(() => Promise.reject(new NotFound("there is no image x")));
  const error = (await call({ Payload: {} }).catch((error: unknown) => error)) as Error;
  expect(error.name).toBe("NotFound");
  const { errorType, errorMessage, trace } = JSON.parse(error.message) as Record<string, unknown>;
  expect([errorType, errorMessage]).toEqual(["NotFound", "there is no image x"]);
  expect(trace).toEqual(expect.arrayContaining([expect.stringContaining("lambda.test.ts")]));
});

test("what is thrown that is no error is reported as one", async () => {
  const call = asLambda(() => Promise.reject("text"));
  await expect(call({ Payload: {} })).rejects.toMatchObject({ name: "Error" });
});

test("a task that is called this way holds its contract", async () => {
  const contract = {
    input: z.strictObject({ n: z.int() }),
    output: z.strictObject({ n: z.int() }),
  };
  const call = asLambda(task(contract, async ({ n }) => ({ n: n + 1 })));
  expect(await call({ Payload: { n: 1 } })).toEqual({ StatusCode: 200, Payload: { n: 2 } });
  await expect(call({ Payload: { n: "1" } })).rejects.toMatchObject({ name: "InvalidInput" });
});
