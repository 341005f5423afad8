/** What may go wrong with a call, once for each time it is planned. */
export type Fault =
  /** Refused by the service's throttle, before anything happened. */
  | { kind: "throttled" }
  /** The service's own error, before anything happened. */
  | { kind: "service-error" }
  /** No answer: the call had no effect. */
  | { kind: "time-out" }
  /** No answer: but the call had its effect. */
  | { kind: "reply-lost" }
  /** An error of the service's vocabulary: `InsufficientInstanceCapacity`. */
  | { kind: "error"; name: string; message: string };

export interface PlannedFault {
  /** `RunInstances`, as the command is called without its ending. */
  call: string;
  fault: Fault;
  /** Only calls of that function, which is its state's; anybody's when absent. */
  by?: string;
  /** How many calls it meets; once when absent. */
  times?: number;
}

export interface Faults {
  plan(...faults: PlannedFault[]): void;
  /** What this call meets, if anything: it is used up by that. */
  meet(call: string, by?: string): Fault | undefined;
  /** Planned and not met: a test whose fault never came proves nothing. */
  left(): PlannedFault[];
}

export const openFaults = (): Faults => {
  const planned: (PlannedFault & { times: number })[] = [];
  return {
    plan: (...faults) => void planned.push(...faults.map((one) => ({ times: 1, ...one }))),
    meet(call, by) {
      const found = planned.find(
        (one) => one.call === call && (one.by ?? by) === by && one.times > 0,
      );
      if (found === undefined) return undefined;
      found.times--;
      return found.fault;
    },
    left: () => planned.filter(({ times }) => times > 0),
  };
};

export interface ServiceError extends Error {
  $fault: "client" | "server";
  $metadata: { httpStatusCode: number };
}

/** An error of a service, which openDouble makes one of the SDK's own classes. */
export const serviceError = (name: string, message: string, statusCode = 400): ServiceError =>
  Object.assign(new Error(message), {
    ...{ name, $fault: statusCode >= 500 ? ("server" as const) : ("client" as const) },
    $metadata: { httpStatusCode: statusCode },
  });

/** The errors that faults come as. */
export const errorOf = (
  call: string,
  fault: Exclude<Fault, { kind: "reply-lost" }>,
): ServiceError => {
  switch (fault.kind) {
    case "throttled":
      return serviceError("RequestLimitExceeded", "Request limit exceeded.", 503);
    case "service-error":
      return serviceError("InternalError", "An internal error has occurred", 500);
    case "time-out":
      return lost(call);
    case "error":
      return serviceError(fault.name, fault.message);
  }
};

/** As Node's HTTP client says it, and the SDK passes it on. */
export const lost = (call: string): ServiceError =>
  Object.assign(serviceError("TimeoutError", `${call}: socket hang up`, 500), {
    code: "ECONNRESET",
  });
