import { parse } from "yaml";
import * as z from "zod";
import { Exception } from "./exceptions.ts";

const Exceptions = z.strictObject({ exceptions: z.array(Exception) });

/** Reads a file of exceptions, YAML. Throws a ZodError, or a YAMLParseError. */
export const readExceptions = (text: string): Exception[] =>
  Exceptions.parse(parse(text)).exceptions;
