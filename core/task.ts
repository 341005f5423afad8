import middy from "@middy/core";
import type * as z from "zod";
import { InvalidInput } from "./errors.ts";
import { notPermitted } from "./not-permitted.ts";

/** What a task accepts and answers. */
export interface Contract<In extends z.ZodType, Out extends z.ZodType> {
  input: In;
  output: Out;
}

/**
 * A Lambda handler that holds its contract: input is parsed before the work sees it, and the
 * answer before the state machine does. Throws InvalidInput, and NotPermitted for what a cloud's
 * service says of a permission, which no adapter has to know.
 */
export const task = <In extends z.ZodType, Out extends z.ZodType>(
  contract: Contract<In, Out>,
  work: (input: z.output<In>) => Promise<z.input<Out>>,
) =>
  middy<unknown, z.output<Out>>()
    .before((request) => {
      const parsed = contract.input.safeParse(request.event);
      if (!parsed.success) throw new InvalidInput(parsed.error.message, { cause: parsed.error });
      request.event = parsed.data;
    })
    .after((request) => {
      request.response = contract.output.parse(request.response);
    })
    .onError((request) => {
      request.error = notPermitted(request.error) ?? request.error;
    })
    .handler((event) => work(event as z.output<In>) as Promise<z.output<Out>>);
